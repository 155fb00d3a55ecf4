/** What each token says about a user. Roles are in the access token alone, as Keycloak has it by default. */
import type { JsonObject } from "./json-object.ts"
import type { User } from "./users.ts"

/** Claims of the ID token and of userinfo. */
export function identityClaims(user: User, scopes: ReadonlySet<string>): JsonObject {
  return {
    ...(scopes.has("profile") ? { ...user.attributes, ...profileClaims(user) } : {}),
    ...(scopes.has("email") ? { email: user.email, email_verified: user.emailVerified } : {}),
    sub: user.sub,
  }
}

/** Claims of the access token that describe the user. */
export function accessClaims(user: User, scopes: ReadonlySet<string>): JsonObject {
  return { ...identityClaims(user, scopes), realm_access: { roles: [...user.roles] } }
}

function profileClaims(user: User): JsonObject {
  return {
    name: user.name,
    given_name: user.givenName,
    family_name: user.familyName,
    preferred_username: user.username,
  }
}

/** A scope string as a set. */
export function scopeSet(scope: string | undefined): ReadonlySet<string> {
  return new Set((scope ?? "").split(" ").filter(Boolean))
}
