import { type AuthConfig, customFetch } from "@auth/core"
import Keycloak from "@auth/core/providers/keycloak"
import { describe, expect, it } from "vitest"
import { toProviderConfig, withServerAddresses } from "../../../src/authjs/provider-config.ts"

const issuer = "https://login.example/realms/acme"
const keycloak = Keycloak({ clientId: "app", clientSecret: "secret", issuer })
const withProviders = (...providers: unknown[]): AuthConfig => ({
  providers: providers as AuthConfig["providers"],
})

describe("toProviderConfig", () => {
  it("describes a provider of Auth.js", () => {
    expect(toProviderConfig(withProviders(keycloak), "keycloak")).toEqual({
      id: "keycloak",
      issuer,
      clientId: "app",
      clientSecret: "secret",
      authMethod: "client_secret_basic",
      endpoints: {},
    })
  })

  it("takes a provider that is given as a function", () => {
    expect(
      toProviderConfig(
        withProviders(() => keycloak),
        "keycloak",
      )?.clientId,
    ).toBe("app")
  })

  it("lets the application's own options win over the provider's defaults", () => {
    const provider = { id: "oidc", type: "oidc", issuer: "https://default.example", clientId: "default" }
    const options = { issuer, clientId: "app", clientSecret: undefined }

    expect(toProviderConfig(withProviders({ ...provider, options }), "oidc")).toMatchObject({
      issuer,
      clientId: "app",
    })
  })

  it("passes on what only the application can know of the provider", () => {
    const options = { reuseWindow: 30, serverToServerLogout: true }

    expect(toProviderConfig(withProviders(keycloak), "keycloak", options)).toMatchObject(options)
  })

  it("finds a provider whose id the application has changed", () => {
    const renamed = Keycloak({ id: "acme", clientId: "app", clientSecret: "secret", issuer } as never)

    expect(toProviderConfig(withProviders(renamed), "acme")?.id).toBe("acme")
    expect(toProviderConfig(withProviders(renamed), "keycloak")).toBeUndefined()
  })

  it.each<[string, object]>([
    ["an unknown id", { id: "other", type: "oidc", issuer, clientId: "app" }],
    ["a credentials provider", { id: "oidc", type: "credentials", issuer, clientId: "app" }],
    ["an e-mail provider", { id: "oidc", type: "email" }],
    ["an OAuth provider without an issuer", { id: "oidc", type: "oauth", clientId: "app" }],
    ["a provider without a client id", { id: "oidc", type: "oidc", issuer }],
  ])("has nothing to refresh at %s", (_name, provider) => {
    expect(toProviderConfig(withProviders(provider), "oidc")).toBeUndefined()
  })

  it.each([
    ["a text", "https://elsewhere.example/token"],
    ["an object", { url: "https://elsewhere.example/token" }],
  ])("takes the token endpoint from %s, unless the options replace it", (_name, token) => {
    const providers = withProviders({ id: "oidc", type: "oidc", issuer, clientId: "app", token })

    expect(toProviderConfig(providers, "oidc")?.endpoints?.token_endpoint).toBe(
      "https://elsewhere.example/token",
    )
    const endpoints = { token_endpoint: "https://other.example/token" }
    expect(toProviderConfig(providers, "oidc", { endpoints })?.endpoints).toEqual(endpoints)
  })

  it("keeps the client's way of authenticating, its key and its fetch", async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
      "sign",
      "verify",
    ])
    const fetch = async () => new Response()
    const provider = {
      id: "oidc",
      type: "oidc",
      issuer,
      clientId: "app",
      client: { token_endpoint_auth_method: "private_key_jwt" },
      token: { clientPrivateKey: privateKey },
      [customFetch]: fetch,
    }

    expect(toProviderConfig(withProviders(provider), "oidc", { serverToServerLogout: false })).toEqual({
      id: "oidc",
      issuer,
      clientId: "app",
      privateKey,
      authMethod: "private_key_jwt",
      endpoints: {},
      fetch,
      serverToServerLogout: false,
    })
  })
})

describe("withServerAddresses", () => {
  const serverAddress = "http://keycloak:8080/realms/acme"

  it.each<[string, (provider: object) => unknown]>([
    ["an object", (provider) => provider],
    ["a function", (provider) => () => provider],
  ])("sends the requests of a provider that is %s to its private address", async (_name, given) => {
    const asked: string[] = []
    const fetch = async (url: string) => {
      asked.push(url)
      return new Response()
    }
    const provider = given({ ...keycloak, [customFetch]: fetch })
    const { providers } = withProviders(provider)
    const routed = withServerAddresses(providers, { keycloak: { serverAddress } })
    const config = toProviderConfig({ providers: routed }, "keycloak")
    await config?.fetch?.(`${issuer}/protocol/openid-connect/token`)
    await config?.fetch?.("https://elsewhere.example/token")

    expect(asked).toEqual([
      `${serverAddress}/protocol/openid-connect/token`,
      "https://elsewhere.example/token",
    ])
    expect(config?.issuer).toBe(issuer)
  })

  it("leaves the others as they are", () => {
    const { providers } = withProviders(keycloak)

    expect(withServerAddresses(providers, { other: { serverAddress } })).toEqual([keycloak])
  })
})
