import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { CookieJar, createEmbeddedProvider, type EmbeddedProvider } from "../../src/testing/index.ts"
import {
  type Application,
  client,
  createApplication,
  createLogoutReceiver,
  type LogoutReceiver,
  type Tokens,
} from "./embedded-provider-application.ts"

let provider: EmbeddedProvider
let app: Application
let receiver: LogoutReceiver

beforeEach(async () => {
  receiver = await createLogoutReceiver()
  provider = await createEmbeddedProvider({ clients: [{ ...client, backchannelLogoutUri: receiver.uri }] })
  app = createApplication(provider)
})
afterEach(async () => {
  await provider.close()
  receiver.close()
})

const landing = "http://localhost:3000/goodbye"

function endSession(parameters: Record<string, string>, method: "GET" | "POST" = "GET"): Promise<Response> {
  const fields = new URLSearchParams(parameters)
  return method === "GET"
    ? fetch(`${app.endpoint("logout")}?${fields}`, { redirect: "manual" })
    : fetch(app.endpoint("logout"), { method, body: fields, redirect: "manual" })
}

async function expectOver({ refresh_token, access_token }: Tokens, jar: CookieJar): Promise<void> {
  expect(await app.refresh(refresh_token)).toMatchObject({
    status: 400,
    body: { error: "invalid_grant", error_description: "Session not active" },
  })
  expect((await app.userinfo(access_token)).status).toBe(401)
  expect((await app.silently(jar)).get("error")).toBe("login_required")
}

describe("end session", () => {
  it.each(["GET", "POST"] as const)(
    "ends the session by a hint alone, without a cookie (%s)",
    async (method) => {
      const jar = new CookieJar()
      const tokens = await app.signIn("alice", jar)
      const answer = await endSession({ id_token_hint: tokens.id_token }, method)
      expect(answer.status).toBe(200)
      expect(await answer.text()).toContain("You are logged out")
      await expectOver(tokens, jar)
      expect((await endSession({ id_token_hint: tokens.id_token }, method)).status).toBe(200)
    },
  )

  it("redirects to a registered URI with the state", async () => {
    const { id_token } = await app.signIn()
    const answer = await endSession({
      id_token_hint: id_token,
      post_logout_redirect_uri: landing,
      state: "a b",
    })
    expect(answer.status).toBe(302)
    expect(answer.headers.get("location")).toBe(`${landing}?state=a+b`)
    expect(provider.sessions.list()).toEqual([])
  })

  it("refuses an unregistered URI with a page and ends nothing", async () => {
    const { id_token } = await app.signIn()
    const answer = await endSession({
      id_token_hint: id_token,
      post_logout_redirect_uri: "http://evil.example/",
    })
    expect(answer.status).toBe(400)
    expect(answer.headers.get("content-type")).toContain("text/html")
    expect(provider.sessions.list()).toHaveLength(1)
  })

  it("takes an expired hint", async () => {
    provider.settings.set({ lifetimes: { accessToken: 1 } })
    const { id_token } = await app.signIn()
    const { exp = 0 } = decodeJwt(id_token)
    await expect.poll(() => Date.now() / 1000, { timeout: 5000 }).toBeGreaterThan(exp)
    expect((await endSession({ id_token_hint: id_token })).status).toBe(200)
    expect(provider.sessions.list()).toEqual([])
  })

  it("refuses garbage, spoilt signatures, and access tokens in place of a hint", async () => {
    const { id_token, access_token } = await app.signIn()
    const spoilt = `${id_token.slice(0, -4)}AAAA`
    for (const hint of ["garbage", spoilt, access_token]) {
      expect((await endSession({ id_token_hint: hint })).status).toBe(400)
    }
    expect(provider.sessions.list()).toHaveLength(1)
  })

  it("asks for confirmation when there is no hint, and the form ends the browser's session", async () => {
    const jar = new CookieJar()
    const tokens = await app.signIn("alice", jar)
    const parameters = { client_id: "app", post_logout_redirect_uri: landing, state: "s" }
    const url = `${app.endpoint("logout")}?${new URLSearchParams(parameters)}`
    const question = await jar.fetch(url)
    const page = await question.text()
    expect(question.status).toBe(200)
    expect(page).toContain("Do you want to log out?")
    expect((await app.userinfo(tokens.access_token)).status).toBe(200)

    const fields = new URLSearchParams(
      [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
    )
    const stranger = await fetch(app.endpoint("logout"), { method: "POST", body: fields, redirect: "manual" })
    expect(stranger.status).toBe(400)
    const answer = await jar.fetch(app.endpoint("logout"), { method: "POST", body: fields })
    expect(answer.status).toBe(302)
    expect(answer.headers.get("location")).toBe(`${landing}?state=s`)
    await expectOver(tokens, jar)
  })

  it("sends a browser that is not signed in straight back, but only to where it may", async () => {
    const { refresh_token } = await app.signIn()
    const back = await endSession({ client_id: "app", post_logout_redirect_uri: landing })
    expect([back.status, back.headers.get("location")]).toEqual([302, landing])
    expect((await endSession({ post_logout_redirect_uri: landing })).status).toBe(400)
    expect((await endSession({ client_id: "app" })).status).toBe(200)
    expect((await app.refresh(refresh_token)).status).toBe(200)
  })

  it("ends the session for an application that shows its refresh token", async () => {
    const jar = new CookieJar()
    const tokens = await app.signIn("alice", jar)
    const { refresh_token } = tokens
    expect((await app.post("logout", { refresh_token }, `Basic ${btoa("app:wrong")}`)).status).toBe(401)
    expect(provider.sessions.list()).toHaveLength(1)
    expect((await app.post("logout", { refresh_token })).status).toBe(204)
    await expectOver(tokens, jar)
    expect((await app.post("logout", { refresh_token: "garbage" })).status).toBe(400)
  })

  it("leaves the user's session in another browser alone", async () => {
    const [laptop, phone] = [await app.signIn(), await app.signIn()]
    await endSession({ id_token_hint: laptop.id_token })
    expect((await app.refresh(phone.refresh_token)).status).toBe(200)
  })
})

describe("sessions of the programmatic API", () => {
  it("lists sessions and ends all of one user", async () => {
    const jar = new CookieJar()
    const alice = await app.signIn("alice", jar)
    await app.signIn("alice")
    await app.signIn("bob")
    expect(provider.sessions.list()).toHaveLength(3)
    const deliveries = await provider.sessions.endAll("alice")
    expect(deliveries).toMatchObject([
      { clientId: "app", status: 200 },
      { clientId: "app", status: 200 },
    ])
    expect(provider.sessions.list()).toMatchObject([{ sub: provider.users.get("bob")?.sub }])
    await expectOver(alice, jar)
  })

  it("does not bring an ended session back by an old cookie", async () => {
    const jar = new CookieJar()
    const first = await app.signIn("alice", jar)
    await provider.sessions.end(String(decodeJwt(first.id_token).sid))
    const second = await app.signIn("alice", jar)
    expect(decodeJwt(second.id_token).sid).not.toBe(decodeJwt(first.id_token).sid)
    expect((await app.refresh(first.refresh_token)).status).toBe(400)
  })
})

describe("back-channel logout", () => {
  it("posts one signed logout token to each client of the session", async () => {
    const { id_token } = await app.signIn()
    const { sid, sub } = decodeJwt(id_token)
    await endSession({ id_token_hint: id_token })
    expect(receiver.received).toHaveLength(1)

    const keys = createRemoteJWKSet(new URL(app.endpoint("certs")))
    const { payload, protectedHeader } = await jwtVerify(String(receiver.received[0]), keys)
    expect(protectedHeader).toMatchObject({ typ: "logout+jwt", alg: "RS256" })
    expect(payload).toMatchObject({ iss: provider.issuer, aud: "app", sid, sub, jti: expect.any(String) })
    expect(payload.events).toEqual({ "http://schemas.openid.net/event/backchannel-logout": {} })
    expect(payload.exp).toBe((payload.iat ?? 0) + 120)
    expect(payload).not.toHaveProperty("nonce")
    expect(provider.counters.get({ clientId: "app" }).logoutTokens).toBe(1)
  })

  it("reports an application that refuses or cannot be reached", async () => {
    const broken = await createLogoutReceiver(500)
    provider.clients.update("app", { backchannelLogoutUri: broken.uri })
    const first = await app.signIn()
    const deliveries = await provider.sessions.end(String(decodeJwt(first.id_token).sid))
    expect(deliveries).toEqual([{ clientId: "app", uri: broken.uri, status: 500 }])
    broken.close()

    const second = await app.signIn()
    const unanswered = await provider.sessions.end(String(decodeJwt(second.id_token).sid))
    expect(unanswered).toEqual([{ clientId: "app", uri: broken.uri }])
  })

  it("mints tokens that are wrong in a chosen way", async () => {
    const { id_token } = await app.signIn()
    const { sid, sub } = decodeJwt(id_token)
    expect(decodeJwt(await provider.mintLogoutToken())).toMatchObject({ sid, sub, aud: "app" })
    const bySub = decodeJwt(await provider.mintLogoutToken({ sub: String(sub) }))
    expect(bySub).not.toHaveProperty("sid")
    const odd = decodeJwt(
      await provider.mintLogoutToken({ username: "alice", claims: { nonce: "x", jti: undefined } }),
    )
    expect(odd).toMatchObject({ sid, sub, nonce: "x" })
    expect(odd).not.toHaveProperty("jti")

    const keys = createRemoteJWKSet(new URL(app.endpoint("certs")))
    await expect(jwtVerify(await provider.mintLogoutToken({ foreignKey: true }), keys)).rejects.toThrow()
    const sent = await provider.sendLogoutToken("app", await provider.mintLogoutToken())
    expect(sent).toEqual({ clientId: "app", uri: receiver.uri, status: 200 })
  })
})
