/** Which claims reach the session, and which token each is read from. */
import type { ClaimDeclarations } from "evergrant"

export const claims = {
  name: "id_token",
  given_name: "id_token",
  family_name: "id_token",
  email: "id_token",
  preferred_username: "id_token",
  plan: "id_token",
  // Keycloak puts roles into the access token only.
  "realm_access.roles": "access_token",
} as const satisfies ClaimDeclarations
