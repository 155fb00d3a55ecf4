import { type JWTPayload, SignJWT } from "jose"
import { describe, expect, it } from "vitest"
import { createOidcProvider } from "../../../src/provider/oidc-provider.ts"
import { verifyAccessToken } from "../../../src/provider/verify-access-token.ts"
import { verifyIdToken } from "../../../src/provider/verify-id-token.ts"
import { manualClock } from "../../../src/testing/manual-clock.ts"
import { type Claims, createScriptedProvider, networkFailure } from "../../faults/scene/scripted-provider.ts"

const alice = { sub: "alice" }
const now = 1_800_000_000

async function world() {
  const clock = manualClock(now)
  const scripted = await createScriptedProvider(clock)
  const provider = createOidcProvider(
    { id: "oidc", issuer: scripted.issuer, clientId: scripted.clientId, clientSecret: "secret" },
    { clock, scheduler: clock.scheduler, random: (length) => new Uint8Array(length), fetch: scripted.fetch },
  )
  return { clock, scripted, provider }
}

/** A token without a signature, or with one by a secret that everybody could know. */
async function unprovable(alg: "none" | "HS256", claims: JWTPayload): Promise<string> {
  if (alg === "HS256") {
    return new SignJWT(claims)
      .setProtectedHeader({ alg, kid: "key-1" })
      .sign(new TextEncoder().encode("the provider's public key, which is no secret"))
  }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
  return `${part({ alg, kid: "key-1" })}.${part(claims)}.`
}

describe("verifyIdToken", () => {
  it("accepts what this provider signed for this application about this user", async () => {
    const { scripted, provider } = await world()
    const verdict = await verifyIdToken(provider, await scripted.signIdToken({ plan: "gold" }), alice)

    expect(verdict).toMatchObject({ status: "accepted", claims: { plan: "gold", sub: "alice" } })
  })

  it.each<[string, Claims, object]>([
    ["another user", { sub: "mallory" }, { status: "subject_changed" }],
    ["another issuer", { iss: "https://elsewhere.example" }, { status: "subject_changed" }],
    ["another audience", { aud: "other" }, { status: "refused", rule: "aud" }],
    ["other audiences", { aud: ["one", "two"] }, { status: "refused", rule: "aud" }],
    ["no audience", { aud: [] }, { status: "refused", rule: "aud" }],
    ["another authorized party", { azp: "other" }, { status: "refused", rule: "azp" }],
    ["a time that is over", { exp: now - 61 }, { status: "refused", rule: "exp" }],
    ["no expiry", { exp: undefined }, { status: "refused", rule: "claim" }],
    ["no time of issue", { iat: undefined }, { status: "refused", rule: "claim" }],
    ["no user", { sub: undefined }, { status: "refused", rule: "claim" }],
    ["no issuer", { iss: undefined }, { status: "refused", rule: "claim" }],
    ["a time that has not come", { nbf: now + 61 }, { status: "refused", rule: "claim" }],
  ])("does not accept %s", async (_name, claims, verdict) => {
    const { scripted, provider } = await world()

    expect(await verifyIdToken(provider, await scripted.signIdToken(claims), alice)).toEqual(verdict)
  })

  it.each<[string, Claims]>([
    ["several audiences of which it is one", { aud: ["other", "application"] }],
    ["itself as the authorized party", { azp: "application" }],
    ["a clock that is a minute off", { exp: now - 59 }],
    ["unknown claims", { anything: { goes: true } }],
  ])("accepts %s", async (_name, claims) => {
    const { scripted, provider } = await world()

    expect(await verifyIdToken(provider, await scripted.signIdToken(claims), alice)).toMatchObject({
      status: "accepted",
    })
  })

  it.each(["none", "HS256"] as const)("refuses alg %s", async (alg) => {
    const { scripted, provider } = await world()
    const claims = { iss: scripted.issuer, sub: "alice", aud: "application", iat: now, exp: now + 300 }

    expect(await verifyIdToken(provider, await unprovable(alg, claims), alice)).toEqual({
      status: "refused",
      rule: "format",
    })
  })

  it("refuses an altered payload and a foreign signature under a known key id", async () => {
    const [{ scripted, provider }, other] = [await world(), await world()]
    const [header, , signature] = (await scripted.signIdToken()).split(".")
    const payload = Buffer.from(JSON.stringify({ sub: "alice", admin: true })).toString("base64url")
    const foreign = await other.scripted.signIdToken({ iss: scripted.issuer })

    for (const token of [`${header}.${payload}.${signature}`, foreign]) {
      expect(await verifyIdToken(provider, token, alice)).toEqual({ status: "refused", rule: "signature" })
    }
  })

  it.each(["", "abc", "a.b.c", "..", "not a token at all"])(
    "refuses %j and does not throw",
    async (token) => {
      const { provider } = await world()

      expect(await verifyIdToken(provider, token, alice)).toMatchObject({ status: "refused" })
    },
  )

  it("never fetches a key from where the token points", async () => {
    const { scripted, provider } = await world()
    const token = await new SignJWT({ iss: scripted.issuer })
      .setProtectedHeader({
        alg: "HS256",
        jku: "https://attacker.example/keys",
        x5u: "https://attacker.example",
      })
      .sign(new TextEncoder().encode("a secret of the attacker's own choice"))

    expect((await verifyIdToken(provider, token, alice)).status).not.toBe("accepted")
    // The scripted provider throws at any address but its own.
    expect(scripted.requests("jwks").length).toBeLessThanOrEqual(1)
  })

  it("B15 cannot tell while the keys cannot be had, and can afterwards", async () => {
    const { scripted, provider } = await world()
    const token = await scripted.signIdToken()
    scripted.once("jwks", () => Promise.reject(networkFailure("ECONNREFUSED")))

    expect(await verifyIdToken(provider, token, alice)).toEqual({
      status: "unchecked",
      code: "keys_unavailable",
    })
    expect(await verifyIdToken(provider, token, alice)).toMatchObject({ status: "accepted" })
  })

  it("B15 cannot tell while discovery fails", async () => {
    const { scripted, provider } = await world()
    scripted.once("discovery", () => new Response(null, { status: 503 }))

    expect(await verifyIdToken(provider, await scripted.signIdToken(), alice)).toMatchObject({
      status: "unchecked",
    })
  })

  it("B14 cannot tell about a key that is not published", async () => {
    const { scripted, provider } = await world()
    await verifyIdToken(provider, await scripted.signIdToken(), alice)
    await scripted.rotateSigningKey()

    expect(await verifyIdToken(provider, await scripted.signIdToken(), alice)).toEqual({
      status: "unchecked",
      code: "unknown_key",
    })
  })

  it("fetches the keys once for many tokens", async () => {
    const { scripted, provider } = await world()
    const tokens = await Promise.all([1, 2, 3, 4].map(() => scripted.signIdToken()))
    await Promise.all(tokens.map((token) => verifyIdToken(provider, token, alice)))

    expect(scripted.requests("jwks")).toHaveLength(1)
  })

  it("takes the issuer as the provider spells it, with the slash that discovery forgives", async () => {
    const { scripted, provider } = await world()
    const spelled = `${scripted.issuer}/`
    scripted.once("discovery", () => Response.json({ issuer: spelled, jwks_uri: `${scripted.issuer}/jwks` }))
    const token = await scripted.signIdToken({ iss: spelled })

    expect(await verifyIdToken(provider, token, alice)).toMatchObject({ status: "accepted" })
    const other = await scripted.signIdToken({ iss: scripted.issuer })
    expect(await verifyIdToken(provider, other, alice)).toEqual({ status: "subject_changed" })
  })
})

describe("verifyAccessToken", () => {
  it("accepts what was issued to this application about this user", async () => {
    const { scripted, provider } = await world()
    const roles = { realm_access: { roles: ["editor"] } }

    expect(await verifyAccessToken(provider, await scripted.signAccessToken(roles), alice)).toMatchObject({
      status: "accepted",
      claims: roles,
    })
  })

  it.each<[string, Claims, string]>([
    ["another client's", { azp: "other" }, "azp"],
    ["nobody's", { azp: undefined }, "azp"],
    ["another user's", { sub: "mallory" }, "sub"],
    ["another issuer's", { iss: "https://elsewhere.example" }, "claim"],
    ["expired", { exp: now - 61 }, "exp"],
    ["one without an end", { exp: undefined }, "claim"],
    ["an ID token", { typ: "ID" }, "typ"],
    ["a refresh token", { typ: "Refresh" }, "typ"],
    ["a logout token", { typ: "Logout" }, "typ"],
  ])("refuses %s", async (_name, claims, rule) => {
    const { scripted, provider } = await world()

    expect(await verifyAccessToken(provider, await scripted.signAccessToken(claims), alice)).toEqual({
      status: "refused",
      rule,
    })
  })

  it("accepts the client's name where RFC 9068 puts it, and a token that names no user", async () => {
    const { scripted, provider } = await world()
    const token = await scripted.signAccessToken({ azp: undefined, client_id: "application", sub: undefined })

    expect(await verifyAccessToken(provider, token, alice)).toMatchObject({ status: "accepted" })
  })

  it("refuses an opaque token without asking for keys", async () => {
    const { scripted, provider } = await world()

    expect(await verifyAccessToken(provider, "opaque", alice)).toEqual({ status: "refused", rule: "format" })
    expect(scripted.requests("jwks")).toEqual([])
  })

  it.each(["none", "HS256"] as const)("refuses alg %s", async (alg) => {
    const { scripted, provider } = await world()
    const claims = { iss: scripted.issuer, azp: "application", exp: now + 300 }

    expect(await verifyAccessToken(provider, await unprovable(alg, claims), alice)).toEqual({
      status: "refused",
      rule: "format",
    })
  })
})
