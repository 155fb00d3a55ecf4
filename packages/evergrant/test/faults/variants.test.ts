/** Row A5: tokens for several scopes or resources from one refresh token. */

import { join } from "node:path"
import { decodeJwt } from "jose"
import { afterAll, describe, expect, it } from "vitest"
import { sqliteStore } from "../../src/stores/sqlite.ts"
import { temporaryFolder } from "../contract/temporary-folder.ts"
import { createScene, enterAnotherProcess, type Scene } from "./scene/scene.ts"
import { api, asked, expectChain, hold, mail, profile } from "./scene/variants.ts"
import { until } from "./scene/watched-clock.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

const scenes: Record<string, () => Promise<Scene>> = {
  memory: () => createScene(),
  sqlite: () => createScene({ driver: sqliteStore(join(folder.path, `${crypto.randomUUID()}.db`)) }),
}

const afterExpiry = 301
describe.each(Object.keys(scenes))("tokens for several scopes on the %s store", (kind) => {
  const createHere = () => scenes[kind]?.() ?? createScene()

  it("A5 serves two scopes that are asked for at once one after the other, and each caller its own", async () => {
    const scene = await createHere()
    const { evergrant, signIn, grant } = scene
    const handle = await signIn()

    const [first, second] = await Promise.all([
      evergrant.getAccessToken(handle, mail),
      evergrant.getAccessToken(handle, profile),
    ])

    expect(decodeJwt(first.accessToken).scope).toBe("email")
    expect(decodeJwt(second.accessToken).scope).toBe("openid profile")
    expect([first.scope, second.scope]).toEqual(["email", "openid profile"])
    expect(asked(scene).toSorted()).toEqual(["email", "openid profile"])
    expect((await grant(handle)).generation).toBe(3)
    expectChain(scene, 2)
  })

  it("A5 keeps both, and the main token with its expiry, claims and ID token, without asking again", async () => {
    const scene = await createHere()
    const { evergrant, signIn, clock, provider } = scene
    provider.claims = { plan: "gold" }
    const handle = await signIn()
    const main = await evergrant.getAccessToken(handle)
    provider.claims = { plan: "of the variant" }
    await clock.advance(10)

    const first = await evergrant.getAccessToken(handle, mail)
    const second = await evergrant.getAccessToken(handle, { resource: api })

    expect(decodeJwt(second.accessToken).aud).toBe(api)
    expect(await evergrant.getAccessToken(handle, mail)).toEqual(first)
    expect(await evergrant.getAccessToken(handle, { resource: api })).toEqual(second)
    expect(await evergrant.getAccessToken(handle)).toEqual(main)
    const reading = await evergrant.readSession(handle)
    expect(reading).toMatchObject({ status: "session", view: { claims: { plan: "gold" } } })
    expectChain(scene, 2)
  })

  it("A5 asks once for callers who name the same scopes in another order", async () => {
    const scene = await createHere()
    const handle = await scene.signIn()

    const answers = await Promise.all(
      ["openid profile", "profile openid", " profile  openid profile"].map((scope) =>
        scene.evergrant.getAccessToken(handle, { scope }),
      ),
    )

    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1)
    expectChain(scene, 1)
  })

  it("A5 never gives a caller the token of a flight for another scope", async () => {
    const scene = await createHere()
    const { evergrant, signIn } = scene
    const handle = await signIn()
    const held = hold(scene)
    const first = evergrant.getAccessToken(handle, mail)
    await held.reached
    const others = [1, 2, 3].map(() => evergrant.getAccessToken(handle, profile))
    const forced = evergrant.getAccessToken(handle, { force: true })
    held.answer()

    expect((await first).scope).toBe("email")
    for (const other of await Promise.all(others)) expect(other.scope).toBe("openid profile")
    expect((await forced).scope).toBe("openid profile email")
    expect(asked(scene)[0]).toBe("email")
    expectChain(scene, 3)
  })

  it("A5 refreshes main token and variants that expired together, each once", async () => {
    const scene = await createHere()
    const { evergrant, signIn, clock } = scene
    const handle = await signIn()
    await evergrant.getAccessToken(handle, mail)
    await clock.advance(afterExpiry)

    const wishes = [{}, mail, profile, {}, mail, profile]
    const answers = await Promise.all(wishes.map((wish) => evergrant.getAccessToken(handle, wish)))

    expect(answers.map(({ scope }) => scope)).toEqual([
      "openid profile email",
      "email",
      "openid profile",
      "openid profile email",
      "email",
      "openid profile",
    ])
    for (const { expiresAt } of answers) expect(expiresAt).toBeGreaterThan(clock.now())
    expect(asked(scene).slice(1).map(String).toSorted()).toEqual(["email", "null", "openid profile"])
    expectChain(scene, 4)
  })

  it("A5 keeps variants over a refresh of the main token, and drops them when one is forced", async () => {
    const scene = await createHere()
    const { evergrant, signIn, clock } = scene
    const handle = await signIn()
    await clock.advance(200)
    const token = await evergrant.getAccessToken(handle, mail)
    await clock.advance(101)
    await evergrant.getAccessToken(handle)
    expect(await evergrant.getAccessToken(handle, mail)).toEqual(token)
    expectChain(scene, 2)

    await evergrant.refreshSession(handle)

    expect((await evergrant.getAccessToken(handle, mail)).accessToken).not.toBe(token.accessToken)
    expectChain(scene, 4)
  })

  it("A5 asks for a variant anew when it is forced, and for that alone", async () => {
    const scene = await createHere()
    const { evergrant, signIn } = scene
    const handle = await signIn()
    const [main, token, other] = [
      await evergrant.getAccessToken(handle),
      await evergrant.getAccessToken(handle, mail),
      await evergrant.getAccessToken(handle, profile),
    ]

    const fresh = await evergrant.getAccessToken(handle, { ...mail, force: true })

    expect(fresh.accessToken).not.toBe(token.accessToken)
    expect(await evergrant.getAccessToken(handle, mail)).toEqual(fresh)
    expect(await evergrant.getAccessToken(handle, profile)).toEqual(other)
    expect(await evergrant.getAccessToken(handle)).toEqual(main)
    expectChain(scene, 3)
  })
})

describe("tokens for several scopes in two processes", () => {
  it.each<[string, object, object, (string | null)[]]>([
    ["two scopes", mail, profile, ["email", "openid profile"]],
    ["a scope, then the main token", mail, {}, ["email", null]],
    ["the main token, then a scope", {}, mail, [null, "email"]],
    ["the same scope: one request", mail, mail, ["email"]],
  ])("A5 waits for the lease of the other process: %s", async (_name, theirs, ours, order) => {
    const scene = await createScene()
    const { evergrant, signIn, clock } = scene
    const handle = await signIn()
    await clock.advance(afterExpiry)
    const held = hold(scene)
    const holder = evergrant.getAccessToken(handle, theirs)
    await held.reached

    enterAnotherProcess()
    const waiter = evergrant.getAccessToken(handle, ours)
    await until(() => clock.waiting().some((delay) => delay < 0.03))
    held.answer()
    const first = await holder
    const second = await clock.runUntilDone(waiter)

    expect(asked(scene)).toEqual(order)
    if (order.length === 1) expect(second).toEqual(first)
    else expect(second.scope).toBe(order[1] ?? "openid profile email")
    expect(second.expiresAt).toBeGreaterThan(clock.now())
    expectChain(scene, order.length)
  })

  it("A5 forces the main token although the other process has just rotated for a scope", async () => {
    const scene = await createScene()
    const { evergrant, signIn, clock } = scene
    const handle = await signIn()
    const main = await evergrant.getAccessToken(handle)
    const held = hold(scene)
    const holder = evergrant.getAccessToken(handle, mail)
    await held.reached

    enterAnotherProcess()
    const waiter = evergrant.getAccessToken(handle, { force: true })
    await until(() => clock.waiting().some((delay) => delay < 0.03))
    held.answer()
    await holder

    expect((await clock.runUntilDone(waiter)).accessToken).not.toBe(main.accessToken)
    expectChain(scene, 2)
  })

  it("A5 asks again where the other process stored a rotation for another scope without the lease", async () => {
    const scene = await createScene()
    const { evergrant, signIn, clock, replaced, store } = scene
    const handle = await signIn()
    await clock.advance(afterExpiry)
    const real = await store()
    // The lock store fell apart, and the compare-and-set of the intent tells that somebody came first.
    replaced.acquireLease = async () => true
    replaced.beginRefresh = async (...given) => {
      delete replaced.beginRefresh
      enterAnotherProcess()
      await evergrant.getAccessToken(handle, profile)
      return real.beginRefresh(...given)
    }

    const token = await evergrant.getAccessToken(handle, mail)

    expect(token.scope).toBe("email")
    expect(asked(scene)).toEqual(["openid profile", "email"])
    expectChain(scene, 2)
  })
})
