import { describe, expect, it } from "vitest"
import { createOidcProvider, type OidcProvider } from "../../../src/provider/oidc-provider.ts"
import type { OidcProviderConfig } from "../../../src/provider/provider-config.ts"
import { manualClock } from "../../../src/testing/manual-clock.ts"
import {
  createScriptedProvider,
  networkFailure,
  type ScriptedProvider,
} from "../../faults/scene/scripted-provider.ts"

async function world(changes: Partial<OidcProviderConfig> = {}) {
  const clock = manualClock()
  const scripted = await createScriptedProvider(clock)
  const surroundings = {
    clock,
    scheduler: clock.scheduler,
    random: (length: number) => new Uint8Array(length),
    fetch: scripted.fetch,
  }
  const create = (more: Partial<OidcProviderConfig> = {}): OidcProvider =>
    createOidcProvider(
      {
        id: "oidc",
        issuer: scripted.issuer,
        clientId: scripted.clientId,
        clientSecret: "secret",
        ...changes,
        ...more,
      },
      surroundings,
    )
  return { clock, scripted, create }
}

const asked = (scripted: ScriptedProvider) => scripted.requests("discovery").length

describe("metadata", () => {
  it("asks once, however many ask at once, in whichever instance", async () => {
    const { scripted, create } = await world()
    const answers = await Promise.all(Array.from({ length: 20 }, () => create().metadata()))

    expect(new Set(answers.map((answer) => answer.token_endpoint))).toEqual(
      new Set([`${scripted.issuer}/token`]),
    )
    expect(asked(scripted)).toBe(1)
  })

  it("keeps the answer for ten minutes", async () => {
    const { clock, scripted, create } = await world()
    await create().metadata()
    await clock.advance(599)
    await create().metadata()

    expect(asked(scripted)).toBe(1)
  })

  it("serves the old copy at once while it asks again", async () => {
    const { clock, scripted, create } = await world()
    await create().metadata()
    await clock.advance(601)
    scripted.once("discovery", () => new Promise(() => {}))

    expect((await create().metadata()).issuer).toBe(scripted.issuer)
    expect(asked(scripted)).toBe(2)
  })

  it("B21 keeps the last good copy when the provider is down, or names another issuer", async () => {
    const { clock, scripted, create } = await world()
    await create().metadata()
    scripted.once("discovery", () => Promise.reject(networkFailure("ECONNREFUSED")))
    scripted.once("discovery", () => Response.json({ issuer: "https://attacker.example" }))
    for (let time = 0; time < 2; time += 1) {
      await clock.advance(601)
      expect((await create().metadata()).token_endpoint).toBe(`${scripted.issuer}/token`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(asked(scripted)).toBe(3)
  })

  it("B21 refuses another issuer when there is no copy, and says what to set", async () => {
    const { scripted, create } = await world()
    scripted.once("discovery", () => Response.json({ issuer: `${scripted.issuer}/realm` }))

    await expect(create().metadata()).rejects.toMatchObject({
      code: "issuer_mismatch",
      remedy: "reconfigure",
      message: expect.stringContaining("Set the issuer exactly as the provider spells it."),
    })
  })

  it("does not remember a failure", async () => {
    const { scripted, create } = await world()
    scripted.once("discovery", () => new Response("<p>", { status: 502 }))

    await expect(create().metadata()).rejects.toMatchObject({ code: "provider_unavailable" })
    expect((await create().metadata()).issuer).toBe(scripted.issuer)
  })

  it("lets the application replace endpoints, without touching another's", async () => {
    const { scripted, create } = await world()
    const elsewhere = create({ endpoints: { token_endpoint: "https://elsewhere.example/token" } })

    expect((await elsewhere.metadata()).token_endpoint).toBe("https://elsewhere.example/token")
    expect((await create().metadata()).token_endpoint).toBe(`${scripted.issuer}/token`)
  })

  it("gives up after ten seconds", async () => {
    const { clock, scripted, create } = await world()
    scripted.once(
      "discovery",
      ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    )
    const failed = expect(create().metadata()).rejects.toMatchObject({ code: "provider_unavailable" })
    await clock.advance(10.1)

    await failed
  })

  it("is asked for at the private address, and still speaks of the public one", async () => {
    const { scripted, create } = await world()
    const requests: { url: string; headers: Headers }[] = []
    const provider = create({
      serverAddress: "http://keycloak:8080/realms/acme",
      fetch: (url, init) => {
        requests.push({ url, headers: new Headers(init?.headers ?? {}) })
        return scripted.fetch(url.replace("http://keycloak:8080/realms/acme", scripted.issuer), init)
      },
    })

    expect((await provider.metadata()).token_endpoint).toBe(`${scripted.issuer}/token`)
    expect(requests.map(({ url }) => url)).toEqual([
      "http://keycloak:8080/realms/acme/.well-known/openid-configuration",
    ])
    expect(requests[0]?.headers.get("x-forwarded-proto")).toBe("https")
    expect(requests[0]?.headers.get("x-forwarded-host")).toBe(new URL(scripted.issuer).host)
  })
})
