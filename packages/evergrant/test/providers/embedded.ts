/** The embedded provider behind the interface that the integration suites use for both providers. */
import { createEmbeddedProvider, type EmbeddedProvider } from "../../src/testing/index.ts"
import { signInByForm } from "./sign-in-by-form.ts"
import type { TestProvider } from "./test-provider.ts"

export interface EmbeddedTestProvider extends TestProvider {
  readonly kind: "embedded"
  /** For what only the embedded provider can do: faults, counters by session. */
  readonly provider: EmbeddedProvider
}

export interface CreateEmbeddedRealmOptions {
  /** Any address below it may receive codes; several where several applications share the client. */
  readonly appUrl: string | readonly string[]
  /** Keeps the cookies of two providers apart: they are on one host, and browsers know no ports. */
  readonly realm?: string
}

/** Starts one with a client that may come back to any address of `appUrl`. */
export async function createEmbeddedRealm({
  appUrl,
  realm,
}: CreateEmbeddedRealmOptions): Promise<EmbeddedTestProvider> {
  const clientId = "app"
  const clientSecret = "secret-of-the-client"
  const addresses = [appUrl].flat().map((url) => `${url}/*`)
  const provider = await createEmbeddedProvider({
    ...(realm === undefined ? {} : { realm }),
    clients: [
      {
        id: clientId,
        secret: clientSecret,
        redirectUris: addresses,
        postLogoutRedirectUris: addresses,
      },
    ],
  })
  return {
    kind: "embedded",
    provider,
    issuer: provider.issuer,
    clientId,
    clientSecret,
    signIn: (startAt, username, jar, stopAt) =>
      signInByForm({ startAt, stopAt, jar, fill: () => ({ username, password: username }) }),
    async setAttributes(username, attributes) {
      provider.users.update(username, { attributes })
    },
    async setProfile(username, profile) {
      provider.users.update(username, profile)
    },
    async setRoles(username, roles) {
      provider.users.setRoles(username, roles)
    },
    async setEnabled(username, enabled) {
      provider.users.update(username, { enabled })
    },
    async setLifetimes({ accessToken, ssoIdle, ssoMax }) {
      provider.settings.set({
        lifetimes: {
          ...(accessToken === undefined ? {} : { accessToken }),
          ...(ssoIdle === undefined ? {} : { refreshToken: ssoIdle }),
          ...(ssoMax === undefined ? {} : { ssoMax }),
        },
      })
    },
    async setRotation(mode) {
      provider.settings.set({ rotation: mode === "reuse" ? { kind: "reuse-window", seconds: 60 } : mode })
    },
    async refreshes() {
      const { refreshSucceeded, refreshRefused } = provider.counters.get({ clientId })
      return { succeeded: refreshSucceeded, refused: refreshRefused }
    },
    async resetCounters() {
      provider.counters.reset()
    },
    async endSessions(username) {
      await provider.sessions.endAll(username)
    },
    async setClientSecretAtProvider(secret) {
      provider.clients.update(clientId, { secret })
    },
    close: () => provider.close(),
  }
}
