/** Fingerprints: what a store, an index or a log may know of a secret. */

/** SHA-256, base64url. A 256-bit random secret needs no salt to stay unguessable. */
export async function hashSecret(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))
  return Buffer.from(digest).toString("base64url")
}
