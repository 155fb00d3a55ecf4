import { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js"
import { administrator } from "./administrator.ts"

/** The administrator's access token lives for 60 seconds. */
const renewAfterMs = 40_000

/**
 * An administration client for the server at `url`. It signs in again by password when its token is due: the
 * client's own renewal stops for good once it has been idle for half an hour, and after a restart of the server.
 */
export function connectAdministrator(url: string): KeycloakAdminClient {
  const client = new KeycloakAdminClient({ baseUrl: url, realmName: "master", timeout: 60_000 })
  let token: Promise<string> | undefined
  let renewAt = 0
  client.registerTokenProvider({
    getAccessToken() {
      if (!token || Date.now() >= renewAt) {
        renewAt = Date.now() + renewAfterMs
        const signedIn = signIn(url)
        signedIn.catch(() => {
          // The next request tries again. What failed is told to those who wait for it now.
          if (token === signedIn) token = undefined
        })
        token = signedIn
      }
      return token
    },
  })
  return client
}

async function signIn(url: string): Promise<string> {
  const client = new KeycloakAdminClient({ baseUrl: url, realmName: "master", timeout: 60_000 })
  await client.auth({ grantType: "password", clientId: "admin-cli", ...administrator })
  const token = await client.getAccessToken()
  if (!token) throw new Error("Keycloak gave the administrator no access token.")
  return token
}
