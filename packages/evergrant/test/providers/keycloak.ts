/**
 * Keycloak as a {@link TestProvider}: a realm of the suite's own on a server that is already up, changed through
 * its administration API and counted by its own event log.
 */
import { randomBytes } from "node:crypto"
import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js"
import type UserRepresentation from "@keycloak/keycloak-admin-client/lib/defs/userRepresentation.js"
import { connectAdministrator } from "../../../../tools/keycloak/connect-administrator.ts"
import { changeClientSecret } from "../../../../tools/keycloak/provision-client.ts"
import {
  changeRealm,
  provisionRealm,
  type RealmSettings,
} from "../../../../tools/keycloak/provision-realm.ts"
import { replaceRoles } from "../../../../tools/keycloak/realm-roles.ts"
import { sampleUsers } from "../../../../tools/keycloak/sample-users.ts"
import { signInByForm } from "./sign-in-by-form.ts"
import type { TestProvider } from "./test-provider.ts"

/** What {@link createKeycloakRealm} takes. */
export interface CreateKeycloakRealmOptions extends RealmSettings {
  /** The address of the server: of the shared one (`inject("keycloak").url`) or of a private one. */
  readonly url: string
  /** Begins the realm's name, to be found in the server's log. Default: `suite`. */
  readonly name?: string
  /** Where codes may be sent: exact URLs, or with `*` at the end. */
  readonly redirectUris: readonly string[]
  /** Default: the same as `redirectUris`. */
  readonly postLogoutRedirectUris?: readonly string[]
  /** Where logout tokens are posted to. Default: nowhere. */
  readonly backchannelLogoutUrl?: string
}

const clientId = "app"
/** More events than any suite causes. The server offers no count, only the list. */
const allEvents = 1_000_000

/** Makes a realm with the client `app`, the users alice and bob, and the claim `plan`. */
export async function createKeycloakRealm(options: CreateKeycloakRealmOptions): Promise<TestProvider> {
  const {
    url,
    name = "suite",
    redirectUris,
    postLogoutRedirectUris,
    backchannelLogoutUrl,
    ...settings
  } = options
  const admin = connectAdministrator(url)
  const realm = `${name}-${randomBytes(4).toString("hex")}`
  const clientSecret = randomBytes(16).toString("hex")
  await provisionRealm(admin, {
    ...settings,
    realm,
    clients: [
      {
        clientId,
        clientSecret,
        redirectUris,
        ...(postLogoutRedirectUris ? { postLogoutRedirectUris } : {}),
        ...(backchannelLogoutUrl ? { backchannelLogoutUrl } : {}),
        attributeClaims: ["plan"],
      },
    ],
    users: sampleUsers,
  })

  return {
    kind: "keycloak",
    issuer: `${url}/realms/${realm}`,
    clientId,
    clientSecret,
    signIn: (startAt, username, jar, stopAt) =>
      signInByForm({ startAt, stopAt, jar, fill: () => ({ username, password: username }) }),
    setAttributes: (username, attributes) =>
      changeUser(admin, realm, username, (user) => ({
        ...user,
        attributes: mergeAttributes(user.attributes ?? {}, attributes),
      })),
    setProfile: (username, { givenName, familyName, email }) =>
      changeUser(admin, realm, username, (user) => ({
        ...user,
        ...(givenName === undefined ? {} : { firstName: givenName }),
        ...(familyName === undefined ? {} : { lastName: familyName }),
        ...(email === undefined ? {} : { email }),
      })),
    setRoles: async (username, roles) =>
      replaceRoles(admin, realm, await userId(admin, realm, username), roles),
    setEnabled: (username, enabled) => changeUser(admin, realm, username, (user) => ({ ...user, enabled })),
    setLifetimes: ({ accessToken, ssoIdle, ssoMax }) =>
      changeRealm(admin, realm, {
        ...(accessToken === undefined ? {} : { accessTokenLifespan: accessToken }),
        ...(ssoIdle === undefined ? {} : { ssoSessionIdle: ssoIdle }),
        ...(ssoMax === undefined ? {} : { ssoSessionMax: ssoMax }),
      }),
    setRotation: (mode) =>
      changeRealm(admin, realm, {
        revokeRefreshToken: mode !== "off",
        refreshTokenMaxReuse: mode === "reuse" ? 1 : 0,
      }),
    async refreshes() {
      const count = async (type: "REFRESH_TOKEN" | "REFRESH_TOKEN_ERROR") =>
        (await admin.realms.findEvents({ realm, type, client: clientId, max: allEvents })).length
      return { succeeded: await count("REFRESH_TOKEN"), refused: await count("REFRESH_TOKEN_ERROR") }
    },
    resetCounters: () => admin.realms.clearEvents({ realm }),
    endSessions: async (username) => admin.users.logout({ realm, id: await userId(admin, realm, username) }),
    setClientSecretAtProvider: (secret) => changeClientSecret(admin, realm, clientId, secret),
    close: () => admin.realms.del({ realm }),
  }
}

async function userId(admin: KeycloakAdminClient, realm: string, username: string): Promise<string> {
  const [user] = await admin.users.find({ realm, username, exact: true })
  if (!user?.id) throw new Error(`Realm "${realm}" has no user "${username}".`)
  return user.id
}

/** The administration API replaces a user as a whole, so what shall stay has to be sent along. */
async function changeUser(
  admin: KeycloakAdminClient,
  realm: string,
  username: string,
  change: (user: UserRepresentation) => UserRepresentation,
): Promise<void> {
  const id = await userId(admin, realm, username)
  const user = await admin.users.findOne({ realm, id })
  if (!user) throw new Error(`Realm "${realm}" has no user "${username}".`)
  await admin.users.update({ realm, id }, change(user))
}

function mergeAttributes(
  held: Record<string, unknown>,
  changes: Record<string, unknown>,
): Record<string, unknown> {
  const merged = { ...held }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined) delete merged[name]
    else merged[name] = (Array.isArray(value) ? value : [value]).map(String)
  }
  return merged
}
