/** Row A10: what is offered after a lost rotation, to whom, and how often. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { StoreDriver } from "../../src/store/grant-store.ts"
import { memoryStore } from "../../src/stores/memory.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"
import { createScene, enterAnotherProcess, landing, type Scene, type SceneOptions } from "./scene/scene.ts"
import { networkFailure } from "./scene/scripted-provider.ts"

const folder = mkdtempSync(join(tmpdir(), "evergrant-silent-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const drivers: readonly [string, () => StoreDriver][] = [
  ["memory", () => memoryStore({ name: crypto.randomUUID() })],
  ["sqlite", () => sqliteStore(join(folder, `${++files}.db`))],
]

const day = 24 * 3600

/** Rotates at the provider and loses the answer; the next attempt is refused. */
async function loseRotation(
  { evergrant, clock, provider: { once, usual } }: Pick<Scene, "evergrant" | "clock" | "provider">,
  handle: string,
  provider = "oidc",
): Promise<void> {
  await clock.advance(301)
  once("token", async (request) => {
    await usual(request)
    throw networkFailure("ECONNRESET")
  })
  const ask = () => evergrant.getAccessToken(handle, { provider })
  await expect(ask()).rejects.toMatchObject({ code: "provider_unavailable" })
  await clock.advance(10)
  await expect(ask()).rejects.toThrow()
}

async function lost(options: SceneOptions = {}): Promise<{ scene: Scene; handle: string; loginId: string }> {
  const scene = await createScene(options)
  const handle = await scene.signIn()
  const { loginId } = await scene.stored(handle)
  await loseRotation(scene, handle)
  expect(await scene.evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "rotation_lost" })
  return { scene, handle, loginId }
}

describe.each(drivers)("a silent sign-in on a %s store", (_, driver) => {
  it("A10 is offered for a login that was lost, and names the account that it was", async () => {
    const { scene, handle, loginId } = await lost({ driver: driver() })
    const { evergrant, provider, spent, told } = scene
    const offer = {
      loginId,
      user: "user-1",
      provider: "oidc",
      issuer: provider.issuer,
      providerAccountId: "alice",
      sub: expect.any(String),
    }
    expect(await evergrant.findSilentOffer(handle)).toEqual(offer)
    expect(await evergrant.findSilentOffer(handle)).toEqual(offer)
    expect(await evergrant.takeSilentOffer(handle)).toEqual(offer)
    expect(spent()).toEqual(["refresh-1", "refresh-1"])
    expect(told("session.ended")).toHaveLength(1)
  })

  it("A10 is given once: to one of many tabs, and never again in any process", async () => {
    const { scene, handle } = await lost({ driver: driver() })
    const { evergrant, clock, again } = scene
    const other = again({})
    const taken = await Promise.all(
      Array.from({ length: 10 }, (__, tab) => (tab % 2 ? evergrant : other).takeSilentOffer(handle)),
    )
    expect(taken.filter(Boolean)).toHaveLength(1)
    enterAnotherProcess()
    await clock.advance(day)
    expect(await again({}).findSilentOffer(handle)).toBeUndefined()
    expect(await again({}).takeSilentOffer(handle)).toBeUndefined()
    expect(await evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "rotation_lost" })
  })

  it("A10 is no login: nobody is signed in with it, and nobody finds it among a user's", async () => {
    const { scene, handle, loginId } = await lost({ driver: driver() })
    const { evergrant, store } = scene
    for (const guess of [loginId, `${loginId}.silent`, `silent ${loginId}`]) {
      expect(await evergrant.readSession(guess)).toEqual({ status: "signed_out", reason: "unknown_session" })
      expect(await evergrant.findSilentOffer(guess)).toBeUndefined()
    }
    expect(await (await store()).listLogins({ user: "user-1" })).toEqual([])
    await expect(
      evergrant.getAccessTokenOfUser({ userId: "user-1", provider: "oidc" }),
    ).rejects.toMatchObject({
      code: "signed_out",
    })
    expect(await evergrant.findSilentOffer(handle)).toBeDefined()
  })

  it("A10 ends when the login itself would have ended", async () => {
    const { scene, handle } = await lost({ driver: driver() })
    await scene.clock.advance(30 * day)
    expect(await scene.evergrant.takeSilentOffer(handle)).toBeUndefined()
  })
})

describe("no silent sign-in is offered", () => {
  it("A10 for a login whose session the provider has ended", async () => {
    const { evergrant, clock, provider, signIn } = await createScene()
    const handle = await signIn()
    await clock.advance(301)
    provider.once("token", () => Response.json({ error: "invalid_grant" }, { status: 400 }))
    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ reason: "provider_session_ended" })
    expect(await evergrant.takeSilentOffer(handle)).toBeUndefined()
  })

  it("A10 for a login that lives, or was signed out", async () => {
    const { evergrant, signIn } = await createScene()
    const handle = await signIn()
    expect(await evergrant.findSilentOffer(handle)).toBeUndefined()
    await evergrant.signOut(handle, landing)
    expect(await evergrant.findSilentOffer(handle)).toBeUndefined()
  })

  it("A10 after the browser signed out, or in anew, with the cookie of the login that was lost", async () => {
    const out = await lost()
    await out.scene.evergrant.signOut(out.handle, landing)
    expect(await out.scene.evergrant.takeSilentOffer(out.handle)).toBeUndefined()
    const anew = await lost()
    await anew.scene.signIn({
      account: { refresh_token: "refresh-anew" },
      previous: { handle: anew.handle, link: false },
    })
    expect(await anew.scene.evergrant.takeSilentOffer(anew.handle)).toBeUndefined()
  })

  it("A10 where the provider is another one by now", async () => {
    const { scene, handle } = await lost()
    const moved = scene.again({
      providers: (id) => ({ id, issuer: "https://other.example", clientId: "app", clientSecret: "s" }),
    })
    expect(await moved.takeSilentOffer(handle)).toBeUndefined()
    expect(await scene.again({ providers: () => undefined }).takeSilentOffer(handle)).toBeUndefined()
    expect(await scene.evergrant.takeSilentOffer(handle)).toBeDefined()
  })

  it("A10 where the record cannot be opened", async () => {
    const { scene, handle } = await lost()
    const strange = scene.again({ secrets: ["another-secret-of-thirty-two-characters"] })
    expect(await strange.takeSilentOffer(handle)).toBeUndefined()
  })

  it("A10 while the store cannot tell who takes it", async () => {
    const { scene, handle } = await lost()
    scene.fail("endLogins", 1)
    await expect(scene.evergrant.takeSilentOffer(handle)).rejects.toMatchObject({ code: "store_unavailable" })
    expect(await scene.evergrant.takeSilentOffer(handle)).toBeDefined()
  })

  it("A10 and the login ends all the same, where it cannot be written down", async () => {
    const scene = await createScene()
    const handle = await scene.signIn()
    scene.fail("createLogin")
    await loseRotation(scene, handle)
    expect(await scene.evergrant.findSilentOffer(handle)).toBeUndefined()
    expect(await scene.evergrant.readSession(handle)).toEqual({
      status: "signed_out",
      reason: "rotation_lost",
    })
  })
})

describe("of a login with linked accounts", () => {
  async function linked() {
    const scene = await createScene()
    const { issuer, clientId } = scene.provider
    const evergrant = scene.again({
      providers: (id) => ({ id, issuer, clientId, clientSecret: "client-secret" }),
    })
    const first = await scene.signIn()
    const account = await scene.provider.tokens({ refresh_token: "refresh-of-two" })
    const { handle } = await evergrant.startLogin({
      user: { id: "user-1" },
      account: {
        ...account,
        access_token: String(account.access_token),
        provider: "two",
        providerAccountId: "a",
      },
      token: {},
      maxAge: 30 * day,
      previous: { handle: first, link: true },
    })
    const lose = (provider: string) => loseRotation({ ...scene, evergrant }, handle, provider)
    return { evergrant, handle, lose }
  }

  it("A10 the account of the sign-in is tried, when it is lost last", async () => {
    const { evergrant, handle, lose } = await linked()
    await lose("two")
    expect((await evergrant.readSession(handle)).status).toBe("session")
    expect(await evergrant.findSilentOffer(handle)).toBeUndefined()
    await lose("oidc")
    expect(await evergrant.takeSilentOffer(handle)).toMatchObject({ provider: "oidc" })
  })

  it("A10 a linked account is not, when it is what was left", async () => {
    const { evergrant, handle, lose } = await linked()
    await lose("oidc")
    await lose("two")
    expect(await evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "rotation_lost" })
    expect(await evergrant.takeSilentOffer(handle)).toBeUndefined()
  })
})
