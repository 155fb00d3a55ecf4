/** Registered redirect URIs: exact, or with a trailing `*` as Keycloak allows it. */

/** Tells whether `pattern` may be registered. */
export function isRedirectPattern(pattern: string): boolean {
  const url = URL.parse(pattern)
  if (!url || !["http:", "https:"].includes(url.protocol) || url.hash || url.username) return false
  const star = pattern.indexOf("*")
  // A star inside the host would let "http://localhost:3000.evil.example" through.
  return star === -1 || (star === pattern.length - 1 && (url.pathname + url.search).endsWith("*"))
}

/** Tells whether `uri` is one of the registered ones. */
export function redirectAllowed(patterns: readonly string[], uri: string): boolean {
  const url = URL.parse(uri)
  if (!url || url.hash || url.username) return false
  // The parsed form, because "/app/../other" must not pass for something below "/app/".
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? url.href.startsWith(pattern.slice(0, -1)) : pattern === uri,
  )
}
