/** Runs a suite against both providers: the embedded one, and a realm of the real Keycloak. */
import { afterAll, beforeAll, describe, inject } from "vitest"
import { createEmbeddedRealm } from "./embedded.ts"
import { createKeycloakRealm } from "./keycloak.ts"
import type { TestProvider } from "./test-provider.ts"

/**
 * Declares `suite` once for each provider. The suite gets a function: the provider exists only once tests run.
 *
 * @param appUrl Addresses below it may receive codes.
 */
export function describeEachProvider(
  name: string,
  appUrl: string,
  suite: (provider: () => TestProvider) => void,
): void {
  describe(`${name} (embedded provider)`, () => {
    suite(started(() => createEmbeddedRealm({ appUrl })))
  })
  const keycloak = inject("keycloak")
  describe.skipIf(!keycloak.available)(`${name} (Keycloak)`, () => {
    suite(
      started(() => {
        if (!keycloak.available) throw new Error(keycloak.why)
        return createKeycloakRealm({ url: keycloak.url, redirectUris: [`${appUrl}/*`] })
      }),
    )
  })
}

function started(start: () => Promise<TestProvider>): () => TestProvider {
  let provider: TestProvider | undefined
  beforeAll(async () => {
    provider = await start()
    await provider.setRotation("strict")
  })
  afterAll(() => provider?.close())
  return () => {
    if (!provider) throw new Error("The provider is there only while tests run.")
    return provider
  }
}
