import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js"
import { addRoles } from "./realm-roles.ts"

/** A user who can sign in at once: nothing is left to be filled in, verified or agreed to. */
export interface UserSettings {
  readonly username: string
  /** Default: the user name. */
  readonly password?: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly attributes?: Readonly<Record<string, string>>
  /** Realm roles, made when they are missing. */
  readonly roles?: readonly string[]
}

/** Makes a user in `realm`. */
export async function provisionUser(
  admin: KeycloakAdminClient,
  realm: string,
  user: UserSettings,
): Promise<void> {
  const { id } = await admin.users.create({
    realm,
    username: user.username,
    email: user.email,
    emailVerified: true,
    firstName: user.firstName,
    lastName: user.lastName,
    enabled: true,
    attributes: Object.fromEntries(
      Object.entries(user.attributes ?? {}).map(([name, value]) => [name, [value]]),
    ),
    credentials: [{ type: "password", value: user.password ?? user.username, temporary: false }],
  })
  await addRoles(admin, realm, id, user.roles ?? [])
}
