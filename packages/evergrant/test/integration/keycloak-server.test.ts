/**
 * The facts about a real Keycloak that the rest is built on (auth-internals.md, 3.8), and the proof that the
 * driver which the other suites use does what it says.
 */
import { setTimeout as delay } from "node:timers/promises"
import { decodeJwt } from "jose"
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest"
import { type KeycloakServer, startKeycloakServer } from "../../../../tools/keycloak/start-keycloak-server.ts"
import { type BareAnswer, type BareClient, connectBareClient } from "../providers/bare-client.ts"
import { CookieJar } from "../providers/cookie-jar.ts"
import { createKeycloakRealm } from "../providers/keycloak.ts"
import type { TestProvider } from "../providers/test-provider.ts"

const keycloak = inject("keycloak")
const redirectUri = "http://localhost:3999/callback"

describe.skipIf(!keycloak.available)("a realm of a real Keycloak", { timeout: 60_000 }, () => {
  let provider: TestProvider
  let client: BareClient
  let jar: CookieJar

  beforeAll(async () => {
    if (!keycloak.available) return
    provider = await createKeycloakRealm({ url: keycloak.url, redirectUris: [redirectUri] })
    client = await connectBareClient(provider, redirectUri)
  }, 60_000)
  afterAll(() => provider?.close(), 60_000)

  beforeEach(async () => {
    jar = new CookieJar()
    await provider.setRotation("strict")
    await provider.resetCounters()
  }, 60_000)

  /** Signs in with a fresh code, by form or by the provider's own session. */
  async function signIn(username = "alice", browser = jar): Promise<BareAnswer> {
    const code = (await client.authorize(username, browser)).get("code")
    return client.exchange(code ?? "")
  }

  test("gives a refresh token without offline_access, bound to the session", async () => {
    const { status, body } = await signIn()

    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: "Bearer", id_token: expect.any(String) })
    expect(lifeOf(body.access_token)).toBe(300)
    // What is left when Keycloak answers: a second less where the clock ticked in between.
    expect([299, 300]).toContain(body.expires_in)
    expect(decodeJwt(text(body.refresh_token))).toMatchObject({ typ: "Refresh", iss: provider.issuer })
    expect(decodeJwt(text(body.id_token))).toMatchObject({
      iss: provider.issuer,
      aud: provider.clientId,
      preferred_username: "alice",
      email: "alice@example.com",
      plan: "free",
    })
  })

  test("puts roles into the access token only", async () => {
    await provider.setRoles("bob", ["editor", "auditor"])
    const { body } = await signIn("bob")

    expect(rolesIn(body.access_token)).toEqual(expect.arrayContaining(["auditor", "editor"]))
    expect(decodeJwt(text(body.id_token))).not.toHaveProperty("realm_access")
    expect((await client.userinfo(text(body.access_token))).body).not.toHaveProperty("realm_access")

    await provider.setRoles("bob", ["auditor"])
    const refreshed = await client.refresh(text(body.refresh_token))
    expect(rolesIn(refreshed.body.access_token)).toContain("auditor")
    expect(rolesIn(refreshed.body.access_token)).not.toContain("editor")
    expect(rolesIn(refreshed.body.access_token)).toContain("offline_access")
  })

  test("shows changed attributes and names in the ID token of the next refresh, and elsewhere", async () => {
    const { body } = await signIn("bob")
    await provider.setAttributes("bob", { plan: "platinum" })
    await provider.setProfile("bob", { givenName: "Robert" })

    expect((await client.userinfo(text(body.access_token))).body).toMatchObject({ plan: "platinum" })
    const refreshed = await client.refresh(text(body.refresh_token))
    const claims = { plan: "platinum", given_name: "Robert", family_name: "Example", name: "Robert Example" }
    expect(decodeJwt(text(refreshed.body.id_token))).toMatchObject(claims)
    expect(decodeJwt(text(refreshed.body.access_token))).toMatchObject(claims)

    await provider.setAttributes("bob", { plan: null })
    const again = await client.refresh(text(refreshed.body.refresh_token))
    expect(decodeJwt(text(again.body.id_token))).not.toHaveProperty("plan")
  })

  test("ends the grant when a spent refresh token comes back, and counts both", async () => {
    const first = await signIn()
    const second = await client.refresh(text(first.body.refresh_token))
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })

    const replayed = await client.refresh(text(first.body.refresh_token))
    expect(replayed).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_description: "Maximum allowed refresh token reuse exceeded" },
    })
    const newest = await client.refresh(text(second.body.refresh_token))
    expect(newest).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 2 })

    await provider.resetCounters()
    expect(await provider.refreshes()).toEqual({ succeeded: 0, refused: 0 })
  })

  test("takes a refresh token any number of times when rotation is off", async () => {
    await provider.setRotation("off")
    const { body } = await signIn()
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => client.refresh(text(body.refresh_token))))

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(await provider.refreshes()).toEqual({ succeeded: 5, refused: 0 })
  })

  test("signs in silently after a lost rotation, and no more after sign-out", async () => {
    const first = await signIn()
    await client.refresh(text(first.body.refresh_token))
    await client.refresh(text(first.body.refresh_token))

    const silent = await client.authorize("alice", jar, { prompt: "none" })
    const second = await client.exchange(silent.get("code") ?? "")
    expect(second.status).toBe(200)
    expect(decodeJwt(text(second.body.id_token)).sub).toBe(decodeJwt(text(first.body.id_token)).sub)

    expect(await client.endSession(text(second.body.id_token))).toBe(200)
    expect((await client.authorize("alice", jar, { prompt: "none" })).get("error")).toBe("login_required")
    const late = await client.refresh(text(second.body.refresh_token))
    expect(late).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_description: "Session not active" },
    })
  })

  test("ends the sessions of one user in every browser and leaves the others alone", async () => {
    const [laptop, phone, other] = [
      await signIn("alice"),
      await signIn("alice", new CookieJar()),
      await signIn("bob", new CookieJar()),
    ]
    await provider.endSessions("alice")

    expect((await client.refresh(text(laptop.body.refresh_token))).status).toBe(400)
    expect((await client.refresh(text(phone.body.refresh_token))).status).toBe(400)
    expect((await client.refresh(text(other.body.refresh_token))).status).toBe(200)
  })

  test("refuses a disabled user, and takes the same token again once enabled", async () => {
    const { body } = await signIn()
    await provider.setEnabled("alice", false)
    const refused = await client.refresh(text(body.refresh_token))
    await provider.setEnabled("alice", true)
    const accepted = await client.refresh(text(body.refresh_token))

    expect(refused).toMatchObject({ status: 400, body: { error_description: "User disabled" } })
    expect(accepted.status).toBe(200)
  })

  test("answers 401 to the old client secret, and that is not the end of the grant", async () => {
    const { body } = await signIn()
    await provider.setClientSecretAtProvider("another secret")
    const refused = await client.refresh(text(body.refresh_token))
    await provider.setClientSecretAtProvider(provider.clientSecret)
    const accepted = await client.refresh(text(body.refresh_token))

    expect(refused).toMatchObject({ status: 401, body: { error: "unauthorized_client" } })
    expect(accepted.status).toBe(200)
  })

  test("clamps both lifetimes to what is left of the session", async () => {
    await provider.setLifetimes({ accessToken: 60, ssoIdle: 600, ssoMax: 900 })
    const long = await signIn()
    await provider.setLifetimes({ ssoMax: 30 })
    const short = await signIn("alice", new CookieJar())
    await provider.setLifetimes({ accessToken: 300, ssoIdle: 1800, ssoMax: 36_000 })

    expect(lifeOf(long.body.access_token)).toBe(60)
    expect(lifeOf(long.body.refresh_token)).toBe(600)
    expect(short.body.expires_in).toBeLessThanOrEqual(30)
    expect(short.body.refresh_expires_in).toBeLessThanOrEqual(30)
  })

  test("says what the page says when the password is wrong", async () => {
    await expect(client.authorize("nobody", jar)).rejects.toThrow("Invalid username or password")
  })
})

describe.skipIf(!keycloak.available)("a Keycloak of one test's own", { timeout: 180_000 }, () => {
  let server: KeycloakServer
  let provider: TestProvider

  beforeAll(async () => {
    server = await startKeycloakServer()
    provider = await createKeycloakRealm({
      url: server.url,
      redirectUris: [redirectUri],
      revokeRefreshToken: true,
    })
  }, 180_000)
  afterAll(() => server?.stop(), 60_000)

  test("answers nothing while it is paused, and goes on where it was", async () => {
    server.pause()
    const waiting = fetch(provider.issuer)
    const first = await Promise.race([waiting, delay(500, "nothing")])
    server.resume()

    expect(first).toBe("nothing")
    expect((await waiting).status).toBe(200)
  })

  test("refuses connections while it is down, and knows its sessions when it is up again", async () => {
    const client = await connectBareClient(provider, redirectUri)
    const code = (await client.authorize("alice", new CookieJar())).get("code")
    const { body } = await client.exchange(code ?? "")
    const spent = text(body.refresh_token)
    const current = text((await client.refresh(spent)).body.refresh_token)

    await server.down()
    await expect(client.refresh(current)).rejects.toThrow("fetch failed")
    await server.up()

    expect((await client.refresh(current)).status).toBe(200)
    expect(await client.refresh(spent)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
  })
})

function text(value: unknown): string {
  return typeof value === "string" ? value : ""
}

/** Seconds between issue and expiry, as the token itself says. */
function lifeOf(token: unknown): number {
  const { exp = 0, iat = 0 } = decodeJwt(text(token))
  return exp - iat
}

function rolesIn(accessToken: unknown): string[] {
  return (decodeJwt(text(accessToken)).realm_access as { roles: string[] }).roles
}
