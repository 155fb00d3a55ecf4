import { decodeJwt } from "jose"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { CookieJar, createEmbeddedProvider, type EmbeddedProvider } from "../../src/testing/index.ts"
import { type Application, client, createApplication } from "./embedded-provider-application.ts"

let provider: EmbeddedProvider
let app: Application

beforeEach(async () => {
  provider = await createEmbeddedProvider({ clients: [client] })
  app = createApplication(provider)
})
afterEach(() => provider.close())

describe("strict rotation", () => {
  it("gives a new refresh token each time", async () => {
    const { refresh_token } = await app.signIn()
    const first = await app.refresh(refresh_token)
    expect(first.body.refresh_token).not.toBe(refresh_token)
    expect((await app.refresh(String(first.body.refresh_token))).status).toBe(200)
  })

  it("kills the whole grant when a spent token comes again, and leaves the browser signed in", async () => {
    const jar = new CookieJar()
    const { refresh_token, id_token } = await app.signIn("alice", jar)
    const { body } = await app.refresh(refresh_token)
    expect((await app.userinfo(String(body.access_token))).status).toBe(200)

    expect(await app.refresh(refresh_token)).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_description: "Maximum allowed refresh token reuse exceeded" },
    })
    expect(await app.refresh(String(body.refresh_token))).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_description: "Session doesn't have required client" },
    })
    expect((await app.userinfo(String(body.access_token))).status).toBe(401)

    const again = await app.exchange((await app.silently(jar)).get("code"))
    expect(again.status).toBe(200)
    expect(decodeJwt(String(again.body.id_token)).sid).toBe(decodeJwt(id_token).sid)
    expect((await app.refresh(String(again.body.refresh_token))).status).toBe(200)
  })

  it.each(Array.from({ length: 10 }, (_, round) => round))(
    "lets exactly one of five parallel presentations through, then all is dead (round %i)",
    async () => {
      const jar = new CookieJar()
      const { refresh_token } = await app.signIn("alice", jar)
      const answers = await Promise.all(Array.from({ length: 5 }, () => app.refresh(refresh_token)))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400])
      for (const { status, body } of answers) if (status === 400) expect(body.error).toBe("invalid_grant")

      const winner = answers.find(({ status }) => status === 200)
      expect((await app.refresh(String(winner?.body.refresh_token))).status).toBe(400)
      expect((await app.userinfo(String(winner?.body.access_token))).status).toBe(401)
      expect((await app.silently(jar)).has("code")).toBe(true)
    },
  )

  it("leaves other users' grants alone", async () => {
    const [alice, bob] = [await app.signIn("alice"), await app.signIn("bob")]
    await app.refresh(alice.refresh_token)
    await app.refresh(alice.refresh_token)
    expect((await app.refresh(bob.refresh_token)).status).toBe(200)
  })
})

describe("rotation with a reuse window", () => {
  it("serves a spent token again within the window, and each result works", async () => {
    provider.settings.set({ rotation: { kind: "reuse-window", seconds: 3600 } })
    const { refresh_token } = await app.signIn()
    const answers = await Promise.all([1, 2, 3].map(() => app.refresh(refresh_token)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const successors = answers.map(({ body }) => String(body.refresh_token))
    expect(new Set([...successors, refresh_token]).size).toBe(4)
    for (const successor of successors) expect((await app.refresh(successor)).status).toBe(200)
  })

  it("is strict after the window", async () => {
    const { refresh_token } = await app.signIn()
    const { body } = await app.refresh(refresh_token)
    provider.settings.set({ rotation: { kind: "reuse-window", seconds: 0.001 } })
    await expect.poll(async () => (await app.refresh(refresh_token)).status, { interval: 5 }).toBe(400)
    expect((await app.refresh(String(body.refresh_token))).status).toBe(400)
  })
})

describe("rotation off", () => {
  it("returns the same token each time, and it stays usable", async () => {
    provider.settings.set({ rotation: "off" })
    const { refresh_token } = await app.signIn()
    const answers = await Promise.all(Array.from({ length: 5 }, () => app.refresh(refresh_token)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    for (const { body } of answers) expect(body.refresh_token).toBe(refresh_token)
  })

  it("gives the token a new life each time", async () => {
    provider.settings.set({ rotation: "off", lifetimes: { refreshToken: 60 } })
    const { refresh_token } = await app.signIn()
    const end = async () => (await (await app.post("token/introspect", { token: refresh_token })).json()).exp
    const first = await end()
    provider.settings.set({ lifetimes: { refreshToken: 1800 } })
    await app.refresh(refresh_token)
    expect(await end()).toBeGreaterThanOrEqual(first + 1740)
  })

  it("takes a token again that was spent while rotation was on", async () => {
    const { refresh_token } = await app.signIn()
    await app.refresh(refresh_token)
    provider.settings.set({ rotation: "off" })
    expect((await app.refresh(refresh_token)).status).toBe(200)
  })
})

describe("counters", () => {
  it("counts by client and by session", async () => {
    const [alice, bob] = [await app.signIn("alice"), await app.signIn("bob")]
    const sid = String(decodeJwt(alice.id_token).sid)
    const { body } = await app.refresh(alice.refresh_token)
    await app.refresh(bob.refresh_token)
    await app.refresh(alice.refresh_token)
    await app.userinfo(String(body.access_token))

    expect(provider.counters.get({ clientId: "app", sid })).toMatchObject({
      codeExchanges: 1,
      refreshRequests: 2,
      refreshSucceeded: 1,
      refreshRefused: 1,
      userinfoRefused: 1,
    })
    expect(provider.counters.get({ clientId: "app" })).toMatchObject({ refreshRequests: 3, codeExchanges: 2 })
    expect(provider.counters.get({ clientId: "nobody" }).refreshRequests).toBe(0)
    provider.counters.reset()
    expect(provider.counters.get().refreshRequests).toBe(0)
  })
})
