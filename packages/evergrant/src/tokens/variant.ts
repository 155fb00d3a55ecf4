/** Access tokens beside the main one of a grant: for fewer scopes, or for another resource. Pure. */
import type { EpochSeconds } from "../clock.ts"
import { ScopeError } from "../errors.ts"

/** What an access token can be asked for; without any of it the main one is meant. */
export interface TokenWish {
  /** Scopes separated by spaces, no more than were granted at the sign-in (RFC 6749 §6). */
  scope?: string
  /** The absolute URI of the API (RFC 8707 §2). */
  resource?: string
  /** The same by a name that providers give, where they do not know `resource`. */
  audience?: string
}

/** A wish that was read and found to be one. Its members are the parameters of the token request. */
export interface TokenVariant {
  /** Two wishes for the same token have the same name. */
  name: string
  parameters: Readonly<TokenWish>
}

/** One more access token that a grant holds. */
export interface VariantToken {
  /** {@link TokenVariant.name}. */
  name: string
  accessToken: string
  scope: string | null
  /** The generation of the grant that was made for it. */
  generation: number
  receivedAt: EpochSeconds
  expiresAt: EpochSeconds
}

/** Characters of one member: more belongs into no form. */
const longestMember = 2000

/**
 * Reads a wish.
 *
 * @returns Nothing, when the main token is meant.
 * @throws {ScopeError} `scope_invalid`: it could be no parameter of a token request. Nothing was sent.
 */
export function readVariant({ scope, resource, audience }: TokenWish): TokenVariant | undefined {
  if (scope === undefined && resource === undefined && audience === undefined) return undefined
  const parameters: TokenWish = {
    ...(scope === undefined ? {} : { scope: readScope(scope) }),
    ...(resource === undefined ? {} : { resource: readResource(resource) }),
    ...(audience === undefined ? {} : { audience: readAudience(audience) }),
  }
  const { scope: scopes = null, resource: api = null, audience: named = null } = parameters
  return { name: JSON.stringify([scopes, api, named]), parameters }
}

/** In one order, each once: `b a b` and `a b` ask for the same. */
function readScope(scope: unknown): string {
  const text = readText("scope", scope)
  const scopes = new Set(text.split(" ").filter((one) => one !== ""))
  if (scopes.size === 0 || ![...scopes].every((one) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(one))) {
    throw new ScopeError("scope_invalid", "scope must be one or several scopes, separated by single spaces.")
  }
  return [...scopes].toSorted().join(" ")
}

function readResource(resource: unknown): string {
  const text = readText("resource", resource)
  if (!/^[\x21-\x7e]+$/.test(text) || text.includes("#") || !URL.canParse(text)) {
    throw new ScopeError(
      "scope_invalid",
      "resource must be an absolute URI without a fragment, as in https://api.example.com/.",
    )
  }
  return text
}

function readAudience(audience: unknown): string {
  const text = readText("audience", audience)
  if (/\p{Cc}/u.test(text)) {
    throw new ScopeError("scope_invalid", "audience must not hold control characters.")
  }
  return text
}

function readText(name: string, value: unknown): string {
  if (typeof value === "string" && value.trim() !== "" && value.length <= longestMember) return value
  throw new ScopeError(
    "scope_invalid",
    `${name} must be text of at most ${longestMember} characters, and not empty. Leave it out for the main token.`,
  )
}
