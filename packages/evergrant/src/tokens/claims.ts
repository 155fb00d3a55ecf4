/** Which claims reach the session, and from where. Pure. */
import { ConfigurationError } from "../errors.ts"

/** Where a declared claim is read from. */
export type ClaimSource = "id_token" | "userinfo" | "access_token"

/** Claim path to source, as in `{ "realm_access.roles": "access_token" }`. */
export type ClaimDeclarations = Readonly<Record<string, ClaimSource>>

/** Values of the declared claims, by the path they were declared with. */
export type ClaimValues = Record<string, unknown>

/** Claims that steer a token or name its user: merging a foreign one locks users out or swaps them. */
const reserved = new Set([
  "sub",
  "iat",
  "exp",
  "nbf",
  "jti",
  "iss",
  "aud",
  "__proto__",
  "constructor",
  "prototype",
])

const sources: readonly string[] = ["id_token", "userinfo", "access_token"]

/** The claims behind the standard `session.user`; they follow the ID token without being declared. */
export const profileClaims = ["name", "email", "picture"] as const

/**
 * Checks the declarations once, at start.
 *
 * @throws {ConfigurationError} `option_invalid`: a reserved claim or an unknown source.
 */
export function checkDeclarations(declarations: ClaimDeclarations): void {
  for (const [path, source] of Object.entries(declarations)) {
    const refused = path.split(".").find((part) => reserved.has(part))
    if (refused !== undefined) {
      throw new ConfigurationError(
        "option_invalid",
        `claims: "${path}" cannot be declared, because "${refused}" is reserved. Remove it.`,
      )
    }
    if (!sources.includes(source)) {
      throw new ConfigurationError(
        "option_invalid",
        `claims: the source of "${path}" must be "id_token", "userinfo" or "access_token".`,
      )
    }
  }
}

/** Takes the claims declared for `source` out of a verified payload. */
export function selectClaims(
  declarations: ClaimDeclarations,
  source: ClaimSource,
  payload: Readonly<Record<string, unknown>>,
): ClaimValues {
  const selected: ClaimValues = {}
  for (const [path, from] of Object.entries(declarations)) {
    if (from !== source) continue
    const value = readPath(payload, path)
    if (value !== undefined) selected[path] = value
  }
  return selected
}

/** A claim whose own name holds dots (`https://example.com/roles`) wins over a path. */
function readPath(payload: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path]
  let value: unknown = payload
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}
