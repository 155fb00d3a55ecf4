import { request } from "node:http"
import { decodeJwt } from "jose"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createEmbeddedProvider, type EmbeddedProvider } from "../../src/testing/index.ts"
import {
  type Application,
  client,
  createApplication,
  createLogoutReceiver,
} from "./embedded-provider-application.ts"

let provider: EmbeddedProvider
let app: Application

beforeEach(async () => {
  provider = await createEmbeddedProvider({ clients: [client] })
  app = createApplication(provider)
})
afterEach(() => provider.close())

const json = { "content-type": "application/json" }

function control(path: string, body: unknown, headers: Record<string, string> = json): Promise<Response> {
  return fetch(`${provider.origin}/control/${path}`, { method: "POST", headers, body: JSON.stringify(body) })
}

/** With `fetch` nobody can choose the Host header. */
function statusWithHost(host: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { port: provider.port, host: "127.0.0.1", path, headers: { host } }
    request(options, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end()
  })
}

describe("control surface", () => {
  it("shows the state without secrets", async () => {
    const { refresh_token } = await app.signIn()
    const text = await (await fetch(`${provider.origin}/control/state`)).text()
    expect(JSON.parse(text)).toMatchObject({
      issuer: provider.issuer,
      users: [{ username: "alice" }, { username: "bob" }],
      settings: { rotation: "strict", lifetimes: { accessToken: 60 } },
      counters: { total: { codeExchanges: 1 }, clients: { app: { codeExchanges: 1 } } },
      sessions: [{ clientIds: ["app"] }],
    })
    expect(text).not.toContain(client.secret)
    expect(text).not.toContain(refresh_token)
  })

  it("changes a user, seen at the next refresh", async () => {
    const { refresh_token } = await app.signIn()
    const patch = { attributes: { plan: "team" }, roles: ["owner"], givenName: "Alicia", email: "a@b.test" }
    expect((await control("users/alice", patch)).status).toBe(200)
    const { body } = await app.refresh(refresh_token)
    expect(decodeJwt(String(body.id_token))).toMatchObject({
      plan: "team",
      name: "Alicia Liddell",
      email: "a@b.test",
    })
    expect(decodeJwt(String(body.access_token))).toMatchObject({ realm_access: { roles: ["owner"] } })
    expect((await control("users/alice", { enabled: false })).status).toBe(200)
    expect((await app.refresh(String(body.refresh_token))).status).toBe(400)
  })

  it("switches settings and faults, and resets counters", async () => {
    await control("settings", { rotation: "off", lifetimes: { accessToken: 5 }, latency: 0.01 })
    expect(provider.settings.get()).toMatchObject({
      rotation: "off",
      lifetimes: { accessToken: 5, ssoMax: 36_000 },
      latency: 0.01,
    })
    await control("settings", { rotation: { kind: "reuse-window", seconds: 9 } })
    expect(provider.settings.get().rotation).toEqual({ kind: "reuse-window", seconds: 9 })

    const { refresh_token } = await app.signIn()
    await control("faults", { kind: "503", times: 1 })
    expect((await app.refresh(refresh_token)).status).toBe(503)
    await control("faults", { kind: "503" })
    await control("faults/clear", {})
    expect((await app.refresh(refresh_token)).status).toBe(200)
    await control("counters/reset", {})
    expect(provider.counters.get()).toMatchObject({ refreshRequests: 0, codeExchanges: 0 })
  })

  it("ends sessions by sid and by user name, and sends logout tokens", async () => {
    const receiver = await createLogoutReceiver()
    provider.clients.update("app", { backchannelLogoutUri: receiver.uri })
    const { id_token } = await app.signIn()
    const { sid } = decodeJwt(id_token)
    const minted = await (await control("logout-token", { sid, clientId: "app", send: true })).json()
    expect(decodeJwt(minted.logout_token)).toMatchObject({ sid, aud: "app" })
    expect(minted.delivery).toMatchObject({ status: 200 })

    expect(await (await control("sessions/end", { sid })).json()).toMatchObject({
      logoutTokens: [{ status: 200 }],
    })
    await app.signIn("bob")
    await control("sessions/end", { username: "bob" })
    expect(provider.sessions.list()).toEqual([])
    expect(receiver.received).toHaveLength(3)
    receiver.close()
  })

  it("refuses writes that a page of another site could send", async () => {
    const patch = { enabled: false }
    const refused = [
      await control("users/alice", patch, { "content-type": "text/plain" }),
      await control("users/alice", patch, { "content-type": "application/x-www-form-urlencoded" }),
      await control("users/alice", patch, { ...json, origin: "http://evil.example" }),
      await control("users/alice", patch, { ...json, origin: "http://localhost:3000" }),
      await control("users/alice", patch, { ...json, origin: "null" }),
      await control("users/alice", patch, { ...json, "sec-fetch-site": "cross-site" }),
    ]
    expect(refused.map(({ status }) => status)).toEqual([415, 415, 403, 403, 403, 403])
    expect(provider.users.get("alice")?.enabled).toBe(true)
    expect((await control("users/alice", patch, { ...json, origin: provider.origin })).status).toBe(200)
  })

  it("answers under a local name only", async () => {
    for (const path of ["/", "/control/state"]) {
      expect(await statusWithHost(`localhost:${provider.port}`, path)).toBe(200)
      expect(await statusWithHost(`127.0.0.1:${provider.port}`, path)).toBe(200)
      expect(await statusWithHost(`rebound.evil.example:${provider.port}`, path)).toBe(403)
    }
  })

  it("refuses what it does not understand, by name", async () => {
    const message = async (path: string, body: unknown) => {
      const answer = await control(path, body)
      return [answer.status, (await answer.json()).message]
    }
    expect(await message("users/alice", { role: ["x"] })).toEqual([400, 'There is no member "role".'])
    expect(await message("users/alice", { roles: "x" })).toEqual([400, expect.stringContaining('"roles"')])
    expect(await message("settings", { lifetimes: { accessToken: 0 } })).toEqual([
      400,
      expect.stringContaining("accessToken"),
    ])
    expect(await message("settings", { rotation: "sometimes" })).toEqual([
      400,
      expect.stringContaining("rotation"),
    ])
    expect(await message("faults", { kind: "404" })).toEqual([400, expect.stringContaining("kind")])
    expect(await message("sessions/end", {})).toEqual([400, expect.stringContaining("sid")])
    expect(await message("users/nobody", {})).toEqual([404, expect.any(String)])
    expect(await message("nothing", {})).toEqual([404, expect.any(String)])
    expect((await fetch(`${provider.origin}/control/users/alice`)).status).toBe(404)
  })

  it("escapes what people typed", async () => {
    provider.users.update("alice", { name: "<script>alert(1)</script>", attributes: { x: '"><img src=x>' } })
    const page = await (await fetch(provider.origin)).text()
    expect(page).toContain("alice")
    expect(page).not.toContain("<script>alert(1)")
    expect(page).not.toContain("<img")
  })
})
