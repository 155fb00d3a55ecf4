/** The provider that the demo brings along, for whoever has none. */
import { randomBytes } from "node:crypto"
import { createEmbeddedProvider } from "evergrant/testing"
import { SettingError } from "./settings.mjs"

/** Kept from start to start where it can be: the issuer is a part of every grant in a stored login. */
const usualPort = 3001

/**
 * Starts it with the demo as its one client.
 *
 * @param {import("./settings.mjs").Settings} settings
 */
export async function startProvider({ url, providerPort }) {
  const secret = randomBytes(24).toString("base64url")
  const listen = (/** @type {number} */ port) =>
    createEmbeddedProvider({
      port,
      realm: "demo",
      showUsers: true,
      clients: [
        {
          id: "demo",
          name: "the Evergrant demo",
          secret,
          redirectUris: [`${url}/api/auth/callback/oidc`],
          postLogoutRedirectUris: [`${url}/*`],
          backchannelLogoutUri: `${url}/api/auth/evergrant/backchannel-logout`,
        },
      ],
    })
  const provider = await (providerPort === undefined
    ? listen(usualPort).catch(() => listen(0))
    : listen(providerPort).catch(() => {
        throw new SettingError(
          `PROVIDER_PORT ${providerPort} is taken: set it to a free port, or leave it out.`,
        )
      }))
  return {
    provider,
    environment: {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: "demo",
      OIDC_CLIENT_SECRET: secret,
      DEMO_PROVIDER_PAGE: provider.origin,
    },
  }
}
