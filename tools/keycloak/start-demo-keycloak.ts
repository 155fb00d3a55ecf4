/** The Keycloak that the demo runs against: `npm run keycloak`, and `npm run demo -- --keycloak`. */
import { connectAdministrator } from "./connect-administrator.ts"
import type { Report } from "./prepare-installation.ts"
import { provisionRealm } from "./provision-realm.ts"
import { sampleUsers } from "./sample-users.ts"
import { startKeycloakServer } from "./start-keycloak-server.ts"

/** What {@link startDemoKeycloak} takes. */
export interface StartDemoKeycloakOptions {
  /** Where the browser finds the app, for example `http://localhost:3000`. */
  readonly appUrl: string
  /** The port of the server. Default: any free one. */
  readonly port?: number
  /** Told what is going on while something takes long. */
  readonly report?: Report
}

/** A server with the realm `demo`, ready for the app. */
export interface DemoKeycloak {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The administration console of the realm. User name and password are `admin`. */
  readonly adminUrl: string
  readonly users: readonly { readonly username: string; readonly password: string }[]
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

const realm = "demo"
const clientId = "demo"
/** Not a secret: the server listens on loopback only and is gone after the run. */
const clientSecret = "demo-secret"

/** Short, so that a refresh is seen within a minute of looking at the demo. */
const accessTokenLifespan = 60

/**
 * Starts a server and makes the realm `demo`: access tokens of 60 seconds, strict rotation, the users alice and
 * bob, and a client that the app at `appUrl` can use, back-channel logout included.
 *
 * @throws {MissingRequirement} Java, Maven or tar is missing; one sentence says which and what to do.
 */
export async function startDemoKeycloak(options: StartDemoKeycloakOptions): Promise<DemoKeycloak> {
  const app = new URL(options.appUrl).origin
  const server = await startKeycloakServer(options)
  try {
    await provisionRealm(connectAdministrator(server.url), {
      realm,
      accessTokenLifespan,
      revokeRefreshToken: true,
      clients: [
        {
          clientId,
          clientSecret,
          redirectUris: [`${app}/*`],
          backchannelLogoutUrl: `${app}/api/auth/evergrant/backchannel-logout`,
          attributeClaims: ["plan"],
        },
      ],
      users: sampleUsers,
    })
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    issuer: `${server.url}/realms/${realm}`,
    clientId,
    clientSecret,
    adminUrl: `${server.url}/admin/master/console/#/${realm}`,
    users: sampleUsers.map(({ username, password }) => ({ username, password: password ?? username })),
    stop: server.stop,
  }
}
