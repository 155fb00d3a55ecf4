/** The providers that the demo brings along, for whoever has none. */
import { randomBytes } from "node:crypto"
import { createEmbeddedProvider } from "evergrant/testing"
import { SettingError } from "./setting-error.mjs"

/** Kept from start to start where they can be: the issuer is a part of every grant in a stored login. */
const usualPort = 3001
const usualSecondPort = 3002

/**
 * Starts one with the demo as its one client.
 *
 * @param {import("./settings.mjs").Settings} settings
 */
export async function startProvider({ url, providerPort }) {
  const { listen, secret } = embedded(url, "oidc", "demo")
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

/**
 * Starts another one, whose accounts can be linked.
 *
 * @param {import("./settings.mjs").Settings} settings
 */
export async function startSecondProvider({ url }) {
  const { listen, secret } = embedded(url, "oidc2", "second")
  const provider = await listen(usualSecondPort).catch(() => listen(0))
  return {
    provider,
    environment: { OIDC2_ISSUER: provider.issuer, OIDC2_CLIENT_ID: "demo", OIDC2_CLIENT_SECRET: secret },
  }
}

/** @param {string} url @param {string} id @param {string} realm */
function embedded(url, id, realm) {
  const secret = randomBytes(24).toString("base64url")
  const client = {
    id: "demo",
    name: "the Evergrant demo",
    secret,
    redirectUris: [`${url}/api/auth/callback/${id}`],
    postLogoutRedirectUris: [`${url}/*`],
    backchannelLogoutUri: `${url}/api/auth/evergrant/backchannel-logout`,
  }
  const listen = (/** @type {number} */ port) =>
    createEmbeddedProvider({ port, realm, showUsers: true, clients: [client] })
  return { listen, secret }
}
