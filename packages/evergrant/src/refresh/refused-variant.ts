/** The provider does not give an access token for what was asked for; that says nothing of the grant. */
import type { RefreshFailure } from "../provider/failure.ts"
import type { RefreshTarget } from "./refresh-target.ts"

/** RFC 6749 §5.2 and RFC 8707 §2. For the main token, which names no scope, they are the client's registration. */
const refusals: ReadonlySet<string> = new Set(["invalid_scope", "invalid_target"])

/** Whether a refresh failed because of the variant that it was for. */
export function isVariantRefusal({ variant }: RefreshTarget, { code }: RefreshFailure): boolean {
  return variant !== undefined && refusals.has(code)
}
