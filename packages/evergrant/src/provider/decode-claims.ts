/** Reads a token without checking it, and says so in its name. */
import { decodeJwt } from "jose"

/**
 * Decodes claims that are *not verified*: only for bookkeeping (`sid`, `iat`) of a token that Auth.js has just
 * received from the token endpoint. Nothing that reaches the session comes from here.
 */
export function decodeClaims(token: string): Record<string, unknown> {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}
