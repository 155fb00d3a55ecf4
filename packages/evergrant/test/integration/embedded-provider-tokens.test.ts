import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { CookieJar, createEmbeddedProvider, type EmbeddedProvider } from "../../src/testing/index.ts"
import { type Application, client, createApplication, redirectUri } from "./embedded-provider-application.ts"

let provider: EmbeddedProvider
let app: Application

beforeEach(async () => {
  provider = await createEmbeddedProvider({ clients: [client] })
  app = createApplication(provider)
})
afterEach(() => provider.close())

describe("tokens", () => {
  it("has Keycloak's endpoints in its discovery document", async () => {
    const document = await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json()
    expect(document).toMatchObject({
      issuer: provider.issuer,
      authorization_endpoint: app.endpoint("auth"),
      token_endpoint: app.endpoint("token"),
      jwks_uri: app.endpoint("certs"),
      userinfo_endpoint: app.endpoint("userinfo"),
      end_session_endpoint: app.endpoint("logout"),
      revocation_endpoint: app.endpoint("revoke"),
      introspection_endpoint: app.endpoint("token/introspect"),
      authorization_response_iss_parameter_supported: true,
      backchannel_logout_session_supported: true,
    })
  })

  it("gives a refresh token without offline_access, and says what Keycloak says beside it", async () => {
    const tokens = await app.signIn()
    const { sid } = decodeJwt(tokens.id_token)
    expect(tokens).toMatchObject({
      token_type: "Bearer",
      expires_in: 60,
      refresh_expires_in: 1800,
      "not-before-policy": 0,
      scope: "openid profile email",
      session_state: sid,
    })
    expect(tokens.refresh_token.length).toBeGreaterThan(700)
  })

  it("signs both tokens with the published key", async () => {
    const tokens = await app.signIn("alice", new CookieJar(), { nonce: "n-1" })
    const keys = createRemoteJWKSet(new URL(app.endpoint("certs")))
    const id = await jwtVerify(tokens.id_token, keys, { issuer: provider.issuer, audience: "app" })
    const access = await jwtVerify(tokens.access_token, keys, {
      issuer: provider.issuer,
      audience: "account",
    })
    const { sub } = provider.users.get("alice") ?? {}
    expect(id.payload).toMatchObject({ sub, nonce: "n-1", auth_time: expect.any(Number), typ: "ID" })
    expect(access.payload).toMatchObject({ sub, azp: "app", sid: id.payload.sid, jti: expect.any(String) })
    expect(access.payload.exp).toBe((access.payload.iat ?? 0) + 60)
  })

  it("tells attributes in ID token and userinfo, roles in the access token alone", async () => {
    const tokens = await app.signIn("bob")
    const told = { name: "Bob Builder", preferred_username: "bob", email: "bob@example.test", plan: "pro" }
    const userinfo = await app.userinfo(tokens.access_token)
    expect(userinfo.body).toMatchObject({ ...told, sub: provider.users.get("bob")?.sub })
    expect(decodeJwt(tokens.id_token)).toMatchObject(told)
    expect(decodeJwt(tokens.access_token)).toMatchObject({ realm_access: { roles: ["user", "editor"] } })
    expect(userinfo.body).not.toHaveProperty("realm_access")
    expect(decodeJwt(tokens.id_token)).not.toHaveProperty("realm_access")
  })

  it("shows changed attributes, names and roles at the next refresh, and at userinfo at once", async () => {
    const before = await app.signIn("alice", new CookieJar(), { nonce: "n-1" })
    provider.users.update("alice", { familyName: "Hargreaves", attributes: { plan: "pro", seats: 3 } })
    provider.users.setRoles("alice", ["user", "admin"])
    const changed = { plan: "pro", seats: 3, name: "Alice Hargreaves" }
    expect((await app.userinfo(before.access_token)).body).toMatchObject(changed)

    const after = (await app.refresh(before.refresh_token)).body as typeof before
    const [first, second] = [decodeJwt(before.id_token), decodeJwt(after.id_token)]
    expect(second).toMatchObject({ ...changed, sid: first.sid, auth_time: first.auth_time, sub: first.sub })
    expect(second).not.toHaveProperty("nonce")
    expect(second.jti).not.toBe(first.jti)
    expect(decodeJwt(after.access_token)).toMatchObject({ realm_access: { roles: ["user", "admin"] } })
  })

  it("takes an attribute away that is set to null", async () => {
    const { refresh_token } = await app.signIn()
    provider.users.update("alice", { attributes: { plan: null } })
    const { body } = await app.refresh(refresh_token)
    expect(decodeJwt(String(body.id_token))).not.toHaveProperty("plan")
  })

  it("tells only what was asked for", async () => {
    const { id_token } = await app.signIn("alice", new CookieJar(), { scope: "openid" })
    expect(decodeJwt(id_token)).not.toHaveProperty("email")
    expect(decodeJwt(id_token)).not.toHaveProperty("plan")
  })

  it("shares one sid between the clients of one browser", async () => {
    provider.addClient({ id: "other", secret: "other-secret", redirectUris: [redirectUri] })
    const other = createApplication(provider, { ...client, id: "other", secret: "other-secret" })
    const jar = new CookieJar()
    const [mine, theirs] = [
      await app.signIn("alice", jar),
      await other.signIn("nobody", jar, { prompt: "none" }),
    ]
    expect(decodeJwt(theirs.id_token).sid).toBe(decodeJwt(mine.id_token).sid)
    expect(provider.sessions.list()).toMatchObject([{ clientIds: ["app", "other"] }])
  })
})

describe("refusals", () => {
  it("refuses a disabled user, and takes the same token again after enabling", async () => {
    const { refresh_token, access_token } = await app.signIn()
    provider.users.disable("alice")
    expect(await app.refresh(refresh_token)).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_description: "User disabled" },
    })
    expect((await app.userinfo(access_token)).status).toBe(401)
    provider.users.enable("alice")
    expect((await app.refresh(refresh_token)).status).toBe(200)
  })

  it("refuses a removed user", async () => {
    const { refresh_token, access_token } = await app.signIn()
    provider.users.remove("alice")
    expect(await app.refresh(refresh_token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
    expect((await app.userinfo(access_token)).status).toBe(401)
  })

  it("answers 401 to a wrong secret, and to a secret that was changed", async () => {
    const { refresh_token } = await app.signIn()
    const fields = { grant_type: "refresh_token", refresh_token }
    const wrong = await app.token(fields, `Basic ${btoa("app:wrong")}`)
    expect(wrong).toMatchObject({ status: 401, body: { error: "unauthorized_client" } })
    provider.clients.update("app", { secret: "another" })
    expect((await app.refresh(refresh_token)).status).toBe(401)
    provider.clients.update("app", { secret: client.secret })
    expect((await app.refresh(refresh_token)).status).toBe(200)
  })

  it("takes the secret in the form as well", async () => {
    const { refresh_token } = await app.signIn()
    const fields = {
      grant_type: "refresh_token",
      refresh_token,
      client_id: "app",
      client_secret: client.secret,
    }
    const answer = await fetch(app.endpoint("token"), { method: "POST", body: new URLSearchParams(fields) })
    expect(answer.status).toBe(200)
  })

  it("refuses a redirect URI outside the registered pattern with a page", async () => {
    for (const uri of [
      "http://localhost:3001/callback",
      "http://localhost:3000.evil.example/",
      "http://evil.example/",
    ]) {
      const answer = await fetch(app.authorizationUrl({ redirect_uri: uri }), { redirect: "manual" })
      expect(answer.status).toBe(400)
      expect(answer.headers.get("content-type")).toContain("text/html")
    }
  })

  it("answers userinfo with a challenge when the token is missing, foreign or spoilt", async () => {
    const { access_token, id_token } = await app.signIn()
    for (const token of [id_token, `${access_token.slice(0, -4)}AAAA`, "garbage"]) {
      const { status, headers } = await app.userinfo(token)
      expect(status).toBe(401)
      expect(headers.get("www-authenticate")).toContain('error="invalid_token"')
    }
    expect((await fetch(app.endpoint("userinfo"))).status).toBe(401)
  })

  it("introspects and revokes both kinds of token; a revoked refresh token takes the session along", async () => {
    const jar = new CookieJar()
    const { access_token, refresh_token } = await app.signIn("alice", jar)
    const active = async (token: string) =>
      (await (await app.post("token/introspect", { token })).json()).active
    expect([await active(access_token), await active(refresh_token)]).toEqual([true, true])

    expect((await app.post("revoke", { token: access_token })).status).toBe(200)
    expect([await active(access_token), await active(refresh_token)]).toEqual([false, true])
    expect((await app.post("revoke", { token: refresh_token })).status).toBe(200)
    expect(await active(refresh_token)).toBe(false)
    expect((await app.silently(jar)).get("error")).toBe("login_required")
  })
})

describe("lifetimes", () => {
  it("shrinks every life to what is left of the SSO session", async () => {
    provider.settings.set({ lifetimes: { accessToken: 300, refreshToken: 1800, ssoMax: 3600 } })
    const { refresh_token, id_token } = await app.signIn()
    const sid = String(decodeJwt(id_token).sid)
    provider.sessions.age(sid, 1700)
    const first = await app.refresh(refresh_token)
    expect(first.body).toMatchObject({ expires_in: 300 })
    provider.sessions.age(sid, 1790)

    const { body } = await app.refresh(String(first.body.refresh_token))
    const { exp = 0, iat = 0 } = decodeJwt(String(body.access_token))
    expect(body.expires_in).toBeLessThanOrEqual(110)
    expect(exp - iat).toBe(body.expires_in)
    expect(body.refresh_expires_in).toBeLessThanOrEqual(110)
    provider.sessions.age(sid, 120)
    expect(await app.refresh(String(body.refresh_token))).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_description: "Session not active" },
    })
  })

  it("ends a session that was idle for too long, for the browser too", async () => {
    const jar = new CookieJar()
    const { refresh_token, access_token, id_token } = await app.signIn("alice", jar)
    provider.sessions.age(String(decodeJwt(id_token).sid), 1801)
    expect(provider.sessions.list()).toEqual([])
    expect((await app.refresh(refresh_token)).status).toBe(400)
    expect((await app.userinfo(access_token)).status).toBe(401)
    expect((await app.silently(jar)).get("error")).toBe("login_required")
  })

  it("counts changed lifetimes for the next refresh", async () => {
    const { refresh_token } = await app.signIn()
    provider.settings.set({ lifetimes: { accessToken: 7, refreshToken: 90 } })
    expect((await app.refresh(refresh_token)).body).toMatchObject({ expires_in: 7, refresh_expires_in: 90 })
  })

  it("gives an offline token that outlives the session", async () => {
    const tokens = await app.signIn("alice", new CookieJar(), { scope: "openid offline_access" })
    expect(tokens.refresh_expires_in).toBe(0)
    await provider.sessions.endAll("alice")
    const { status, body } = await app.refresh(tokens.refresh_token)
    expect(status).toBe(200)
    expect((await app.userinfo(String(body.access_token))).status).toBe(200)
  })
})
