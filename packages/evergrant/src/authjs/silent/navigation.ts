/** Whether a request is a person who goes to a page. */

/**
 * Tells a navigation of the whole window from everything else: a script's request, an image, a frame, a page that is
 * fetched before anybody wants it. Only a navigation can follow a redirect to the provider with the provider's cookies
 * and come back with ours.
 *
 * Where it was started from does not matter. A link of another site leads to any page of this application, and a silent
 * sign-in on the way brings back the user who was there, or nobody.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function isNavigation({ method, headers }: Pick<Request, "method" | "headers">): boolean {
  if (method !== "GET") return false
  const purposes = ["sec-purpose", "purpose", "x-purpose", "x-moz"].map((name) => headers.get(name) ?? "")
  if (purposes.some((purpose) => /prefetch|prerender|preview/i.test(purpose))) return false
  const mode = headers.get("sec-fetch-mode")
  // An older browser says neither.
  if (mode === null) return headers.get("accept")?.includes("text/html") ?? false
  return mode === "navigate" && (headers.get("sec-fetch-dest") ?? "document") === "document"
}
