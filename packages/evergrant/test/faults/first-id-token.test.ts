/** Row B13: what the ID token of the sign-in said stays binding for those of its refreshes. */
import { describe, expect, it } from "vitest"
import { createSealer } from "../../src/store/seal.ts"
import { createVault } from "../../src/store/vault.ts"
import { createTable } from "./scene/account-table.ts"
import { createScene, type Scene, secret } from "./scene/scene.ts"
import { networkFailure } from "./scene/scripted-provider.ts"

interface SignedIn extends Scene {
  handle: string
  /** Refreshes, and gets an ID token with these claims. */
  refreshWith(idToken: Record<string, unknown>): ReturnType<Scene["evergrant"]["refreshSession"]>
}

async function signedIn(first: Record<string, unknown>): Promise<SignedIn> {
  const scene = await createScene()
  const { evergrant, provider } = scene
  const id_token = await provider.signIdToken({ plan: "free", ...first })
  const handle = await scene.signIn({ account: { id_token } })
  return {
    ...scene,
    handle,
    async refreshWith(claims) {
      const signed = await provider.signIdToken({ plan: "gold", ...claims })
      provider.once("token", async () => Response.json(await provider.tokens({ id_token: signed })))
      return evergrant.refreshSession(handle)
    },
  }
}

const provedAt = 1_799_990_000
const first = { nonce: "n-0S6_WzA2Mj", auth_time: provedAt }

describe("the first ID token", () => {
  it.each<[string, Record<string, unknown>]>([
    ["nonce", { nonce: "another", auth_time: provedAt }],
    ["nonce", { nonce: 7 }],
    ["auth_time", { auth_time: provedAt - 1 }],
  ])(
    "B13 refuses the claims of a later one whose %s differs, tells it, and keeps the tokens",
    async (rule, later) => {
      const { refreshWith, told, grant, handle } = await signedIn(first)

      const session = await refreshWith(later)

      expect(session.claims.plan).toBe("free")
      expect((await grant(handle)).generation).toBe(2)
      expect(told("claims.refused")).toMatchObject([{ source: "id_token", rule }])
      expect(told("session.ended")).toEqual([])
    },
  )

  it.each<[string, Record<string, unknown>]>([
    ["says neither", {}],
    ["says the same", first],
    ["comes after a step-up", { auth_time: provedAt + 600 }],
  ])("B13 accepts a later one that %s", async (_what, later) => {
    const { refreshWith, told } = await signedIn(first)

    expect((await refreshWith(later)).claims.plan).toBe("gold")
    expect(told("claims.refused")).toEqual([])
  })

  it("B13 is remembered over refreshes that do not repeat it, and a step-up is not taken back", async () => {
    const { refreshWith, told } = await signedIn(first)
    await refreshWith({})
    await refreshWith({ auth_time: provedAt + 600 })
    await refreshWith({ plan: "silver" })

    expect((await refreshWith({ auth_time: provedAt })).claims.plan).toBe("silver")
    expect((await refreshWith({ nonce: "another" })).claims.plan).toBe("silver")
    expect(told("claims.refused").map(({ rule }) => rule)).toEqual(["auth_time", "nonce"])
  })

  it("B13 that had no nonce is followed by none", async () => {
    const { refreshWith, told } = await signedIn({})

    expect((await refreshWith({ nonce: "from nowhere" })).claims.plan).toBe("free")
    expect(told("claims.refused")).toMatchObject([{ rule: "nonce" }])
  })

  it("B13 is not known where it could not be checked: the next one is the first", async () => {
    const scene = await createScene()
    const { evergrant, provider, signIn, told } = scene
    provider.always("jwks", () => {
      throw networkFailure("ECONNREFUSED")
    })
    const handle = await signIn({ account: { id_token: await provider.signIdToken(first) } })
    provider.always("jwks", undefined)
    provider.claims = { plan: "gold", auth_time: provedAt }

    expect((await evergrant.refreshSession(handle)).claims.plan).toBe("gold")
    expect(told("claims.refused")).toEqual([])
  })

  it("B13 is not asked for in a record that was made before it was kept", async () => {
    const scene = await signedIn(first)
    const { refreshWith, told, handle } = scene
    await forgetMarks(scene, handle)

    expect((await refreshWith({ nonce: "another" })).claims.plan).toBe("gold")
    expect(told("claims.refused")).toEqual([])
  })
})

describe("an ID token of another login of the account", () => {
  it("B13 is taken over with the tokens, whatever its sign-in was", async () => {
    const { table } = createTable()
    const scene = await createScene({ accounts: { ...table, source: "row" } })
    const { evergrant, clock, provider, signIn, told } = scene
    const phone = await signIn({
      account: { id_token: await provider.signIdToken({ ...first, plan: "free" }) },
    })
    await clock.advance(10)
    const other = { nonce: "of the laptop", auth_time: provedAt - 1, plan: "gold" }
    const laptop = await signIn({ account: { id_token: await provider.signIdToken(other) } })
    await clock.advance(301)
    provider.claims = other
    await evergrant.getAccessToken(laptop)

    const session = await evergrant.readSession(phone)

    expect(session.status === "session" && session.view.claims.plan).toBe("gold")
    expect(told("claims.refused")).toEqual([])
  })
})

/** Rewrites the claims as an earlier version left them. */
async function forgetMarks(scene: Scene, handle: string): Promise<void> {
  const grant = await scene.grant(handle)
  const store = await scene.store()
  const sealer = createSealer([secret], scene.namespace, (length) =>
    crypto.getRandomValues(new Uint8Array(length)),
  )
  const vault = createVault(
    async () => store,
    sealer,
    () => new Uint8Array(),
  )
  const { declared, profile, idTokenIssuedAt } = await vault.openClaims(grant)
  const sealed = await vault.sealClaims(grant, grant.generation, { declared, profile, idTokenIssuedAt })
  expect(await store.writeClaims(grant, grant.generation, sealed)).toBe("stored")
}
