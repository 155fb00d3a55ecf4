/** Where a silent sign-in comes back to: a page of this application, and nothing else. */

/** Characters of the longest path: it travels in a cookie. */
const longest = 1024

/** A slash, and then anything visible but a backslash. */
const plainPath = /^\/[!-[\]-~\u00a1-\uffff]*$/

/**
 * Reads a path that came from outside.
 *
 * Refused are other origins however they are spelled (`//host`, `/\host`, `https:…`, `/..//host`), control characters
 * and blanks, which browsers drop before they look, and what belongs to Auth.js: coming back there would start something
 * or go in circles.
 *
 * @param origin The application's own, as in `https://app.example`.
 * @param basePath Of Auth.js, as in `/api/auth`.
 * @returns The path with its query; nothing if it is refused.
 */
export function readReturnPath(given: string, origin: string, basePath: string): string | undefined {
  if (given.length > longest || !plainPath.test(given) || !URL.canParse(given, origin)) return undefined
  const url = new URL(given, origin)
  if (url.origin !== origin || url.pathname.startsWith("//") || url.href.length > longest + origin.length)
    return undefined
  if (`${decodePath(url.pathname)}/`.startsWith(`${basePath}/`)) return undefined
  return url.pathname + url.search
}

/** A server may take an escaped letter for the letter. */
function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname).replace(/\/+/g, "/")
  } catch {
    return pathname
  }
}
