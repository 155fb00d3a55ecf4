/**
 * Makes a realm as an administrator would by hand: Keycloak's defaults stay as they are, except for what is
 * asked for. In particular the default client scopes are untouched, so roles are in the access token only.
 */
import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js"
import type RealmRepresentation from "@keycloak/keycloak-admin-client/lib/defs/realmRepresentation.js"
import { UnmanagedAttributePolicy } from "@keycloak/keycloak-admin-client/lib/defs/userProfileMetadata.js"
import { type ClientSettings, provisionClient } from "./provision-client.ts"
import { provisionUser, type UserSettings } from "./provision-user.ts"

/** How long things live and whether refresh tokens rotate. What is left out keeps Keycloak's default. */
export interface RealmSettings {
  /** Seconds. Keycloak's default is 300. */
  readonly accessTokenLifespan?: number
  /** Seconds without a refresh after which the session ends. Keycloak's default is 1800, with 120 of grace. */
  readonly ssoSessionIdle?: number
  /** Seconds after which the session ends whatever happens. Keycloak's default is 36000. */
  readonly ssoSessionMax?: number
  /** Rotation: whether a refresh token is spent by its use. Keycloak's default is false. */
  readonly revokeRefreshToken?: boolean
  /** With rotation, how often a spent refresh token is still taken. Keycloak's default is 0. */
  readonly refreshTokenMaxReuse?: number
}

/** What {@link provisionRealm} makes. */
export interface ProvisionRealmOptions extends RealmSettings {
  readonly realm: string
  readonly clients: readonly ClientSettings[]
  readonly users: readonly UserSettings[]
}

/** What the server writes down about sign-ins, so that refreshes can be counted where they happen. */
const countedEvents = [
  "LOGIN",
  "LOGIN_ERROR",
  "CODE_TO_TOKEN",
  "CODE_TO_TOKEN_ERROR",
  "REFRESH_TOKEN",
  "REFRESH_TOKEN_ERROR",
  "LOGOUT",
  "LOGOUT_ERROR",
  "REVOKE_GRANT",
  "USER_INFO_REQUEST",
  "USER_INFO_REQUEST_ERROR",
]

/** Makes a realm with its clients and users. Fails when a realm of that name exists. */
export async function provisionRealm(
  admin: KeycloakAdminClient,
  options: ProvisionRealmOptions,
): Promise<void> {
  const { realm } = options
  await admin.realms.create({
    realm,
    enabled: true,
    eventsEnabled: true,
    enabledEventTypes: countedEvents,
    ...toRepresentation(options),
  })
  // Without this Keycloak drops every attribute that the user profile does not declare, and says nothing.
  await admin.users.updateProfile({
    realm,
    ...(await admin.users.getProfile({ realm })),
    unmanagedAttributePolicy: UnmanagedAttributePolicy.Enabled,
  })
  for (const client of options.clients) await provisionClient(admin, realm, client)
  for (const user of options.users) await provisionUser(admin, realm, user)
}

/** Changes the settings that are given, and no others. */
export async function changeRealm(
  admin: KeycloakAdminClient,
  realm: string,
  settings: RealmSettings,
): Promise<void> {
  await admin.realms.update({ realm }, toRepresentation(settings))
}

function toRepresentation(settings: RealmSettings): RealmRepresentation {
  const representation: RealmRepresentation = {}
  if (settings.accessTokenLifespan !== undefined)
    representation.accessTokenLifespan = settings.accessTokenLifespan
  if (settings.ssoSessionIdle !== undefined) representation.ssoSessionIdleTimeout = settings.ssoSessionIdle
  if (settings.ssoSessionMax !== undefined) representation.ssoSessionMaxLifespan = settings.ssoSessionMax
  if (settings.revokeRefreshToken !== undefined)
    representation.revokeRefreshToken = settings.revokeRefreshToken
  if (settings.refreshTokenMaxReuse !== undefined)
    representation.refreshTokenMaxReuse = settings.refreshTokenMaxReuse
  return representation
}
