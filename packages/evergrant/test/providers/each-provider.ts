/** Runs a suite against both providers: the embedded one, and a realm of the real Keycloak. */
import { afterAll, beforeAll, describe, inject } from "vitest"
import { type CreateEmbeddedRealmOptions, createEmbeddedRealm } from "./embedded.ts"
import { createKeycloakRealm } from "./keycloak.ts"
import type { TestProvider } from "./test-provider.ts"

/**
 * Declares `suite` once for each provider. The suite gets a function: the provider exists only once tests run.
 *
 * @param appUrl Addresses below it may receive codes; several where several applications share the client.
 */
export function describeEachProvider(
  name: string,
  appUrl: string | readonly string[],
  suite: (provider: () => TestProvider) => void,
): void {
  describe(`${name} (embedded provider)`, () => {
    suite(started(() => createProvider("embedded", { appUrl })))
  })
  const keycloak = inject("keycloak")
  describe.skipIf(!keycloak.available)(`${name} (Keycloak)`, () => {
    suite(started(() => createProvider("keycloak", { appUrl })))
  })
}

/** Makes one of a kind, with strict rotation. The caller closes it. */
export async function createProvider(
  kind: TestProvider["kind"],
  { appUrl, realm }: CreateEmbeddedRealmOptions,
): Promise<TestProvider> {
  const provider = await (kind === "embedded"
    ? createEmbeddedRealm({ appUrl, ...(realm === undefined ? {} : { realm }) })
    : createRealm(appUrl))
  await provider.setRotation("strict")
  return provider
}

function createRealm(appUrl: string | readonly string[]): Promise<TestProvider> {
  const keycloak = inject("keycloak")
  if (!keycloak.available) throw new Error(keycloak.why)
  return createKeycloakRealm({ url: keycloak.url, redirectUris: [appUrl].flat().map((url) => `${url}/*`) })
}

function started(start: () => Promise<TestProvider>): () => TestProvider {
  let provider: TestProvider | undefined
  beforeAll(async () => {
    provider = await start()
  })
  afterAll(() => provider?.close())
  return () => {
    if (!provider) throw new Error("The provider is there only while tests run.")
    return provider
  }
}
