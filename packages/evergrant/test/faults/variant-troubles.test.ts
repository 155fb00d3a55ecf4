/** Row A5: what is refused, lost or bounded of tokens for several scopes, and where they are kept. */
import { describe, expect, it } from "vitest"
import { cookieStore } from "../../src/stores/cookie.ts"
import { createTable } from "./scene/account-table.ts"
import { createScene } from "./scene/scene.ts"
import { type Answer, networkFailure } from "./scene/scripted-provider.ts"
import { api, expectChain, hold, mail, profile } from "./scene/variants.ts"
import { until } from "./scene/watched-clock.ts"

const afterExpiry = 301

const invalidScope: Answer = () =>
  Response.json({ error: "invalid_scope", error_description: "Invalid scopes: admin" }, { status: 400 })

describe("what the provider does not give", () => {
  it.each(["invalid_scope", "invalid_target"])(
    "A5 tells the caller alone when a scope or resource is refused: %s",
    async (error) => {
      const scene = await createScene()
      const { evergrant, signIn, provider, told, grant } = scene
      const handle = await signIn()
      const main = await evergrant.getAccessToken(handle)
      provider.once("token", () => Response.json({ error }, { status: 400 }))

      const answer = evergrant.getAccessToken(handle, { scope: "admin", resource: api })
      await expect(answer).rejects.toMatchObject({ code: "scope_refused", remedy: "reject" })

      expect(told("provider.misconfigured")).toEqual([])
      expect(told("refresh.failed")).toEqual([])
      expect(await evergrant.getAccessToken(handle)).toEqual(main)
      expect((await grant(handle)).generation).toBe(1)
      // No pause either: the next refresh is made at once.
      const forced = await evergrant.getAccessToken(handle, { force: true })
      expect(forced.accessToken).not.toBe(main.accessToken)
      expect(told("session.ended")).toEqual([])
    },
  )

  it("A5 leaves no note of a refresh for a refused scope: the token was not spent", async () => {
    const { evergrant, signIn, provider, grant, told } = await createScene()
    const handle = await signIn()
    provider.once("token", invalidScope)
    await evergrant.getAccessToken(handle, { scope: "admin" }).catch(() => {})

    expect((await grant(handle)).intent).toBeNull()
    await evergrant.getAccessToken(handle, { force: true })
    expect(told("tokens.recovered")).toEqual([])
  })

  it("A5 calls it a lost rotation where a provider spends the token and then refuses the resource", async () => {
    const { evergrant, signIn, provider, clock } = await createScene()
    const handle = await signIn()
    provider.once("token", async (request) => {
      await provider.usual(request)
      return Response.json({ error: "invalid_target" }, { status: 400 })
    })
    await expect(evergrant.getAccessToken(handle, { resource: api })).rejects.toMatchObject({
      code: "scope_refused",
    })
    await clock.advance(10)

    await expect(evergrant.getAccessToken(handle, { force: true })).rejects.toMatchObject({
      reason: "rotation_lost",
    })
  })

  it("A5 refuses one scope and goes on with the one that waited behind it", async () => {
    const scene = await createScene()
    const { evergrant, signIn, provider } = scene
    const handle = await signIn()
    provider.always("token", (request) =>
      request.form.get("scope") === "admin" ? invalidScope(request) : provider.usual(request),
    )

    const [refused, token] = await Promise.allSettled([
      evergrant.getAccessToken(handle, { scope: "admin" }),
      evergrant.getAccessToken(handle, mail),
    ])

    expect(refused).toMatchObject({ status: "rejected", reason: { code: "scope_refused" } })
    expect(token).toMatchObject({ status: "fulfilled", value: { scope: "email" } })
  })

  it("still calls it a misconfiguration where the main token is refused", async () => {
    const { evergrant, signIn, provider, told } = await createScene()
    const handle = await signIn()
    provider.once("token", invalidScope)

    await expect(evergrant.getAccessToken(handle, { force: true })).rejects.toMatchObject({
      code: "provider_unavailable",
    })
    expect(told("provider.misconfigured")).toHaveLength(1)
  })

  it("A5 says what was granted where it is less, and does not ask for the rest over and over", async () => {
    const scene = await createScene()
    const { evergrant, signIn, provider } = scene
    const handle = await signIn()
    provider.once("token", async (request) => {
      const usual = await (await provider.usual(request)).json()
      return Response.json({ ...usual, scope: "profile" })
    })

    const token = await evergrant.getAccessToken(handle, profile)

    expect(token.scope).toBe("profile")
    expect(await evergrant.getAccessToken(handle, profile)).toEqual(token)
    expectChain(scene, 1)
  })

  it("A5 takes the scope to be what was asked for where the provider does not repeat it", async () => {
    const { evergrant, signIn, provider } = await createScene()
    const handle = await signIn()
    provider.always("token", async () => Response.json(await provider.tokens({ scope: undefined })))

    expect((await evergrant.getAccessToken(handle, profile)).scope).toBe("openid profile")
    expect((await evergrant.getAccessToken(handle, { audience: "api" })).scope).toBe("openid profile email")
  })

  it.each<[string, object]>([
    ["an empty scope", { scope: " " }],
    ["a control character", { scope: "email\u0000" }],
    ["a tab between two scopes", { scope: "openid\temail" }],
    ["a quotation mark", { scope: 'em"ail' }],
    ["more than 2,000 characters", { scope: "a".repeat(2001) }],
    ["no text", { scope: 7 }],
    ["null", { scope: null }],
    ["a resource with a fragment", { resource: `${api}#part` }],
    ["a resource with an empty fragment", { resource: `${api}#` }],
    ["a relative resource", { resource: "/v1" }],
    ["a resource with a line break", { resource: `${api}\n` }],
    ["an empty resource", { resource: "" }],
    ["an audience with a control character", { audience: "api\u007f" }],
    ["a good scope with a bad resource", { ...mail, resource: "api" }],
  ])("refuses %s before anything is spent", async (_name, wish) => {
    const { evergrant, signIn, spent, grant } = await createScene()
    const handle = await signIn()

    const refused = { code: "scope_invalid", remedy: "reject" }
    await expect(evergrant.getAccessToken(handle, wish)).rejects.toMatchObject(refused)
    await expect(
      evergrant.getAccessTokenOfUser({ userId: "user-1", provider: "oidc", ...wish }),
    ).rejects.toMatchObject(refused)

    expect(spent()).toEqual([])
    expect((await grant(handle)).intent).toBeNull()
  })
})

describe("variants in trouble", () => {
  it("A5 recovers a lost answer for a variant by the next refresh, whichever it is", async () => {
    const scene = await createScene()
    const { evergrant, signIn, provider, clock, told } = scene
    provider.tolerateReuse = true
    const handle = await signIn()
    const main = await evergrant.getAccessToken(handle)
    provider.once("token", async (request) => {
      await provider.usual(request)
      throw networkFailure("ECONNRESET")
    })
    await expect(evergrant.getAccessToken(handle, mail)).rejects.toMatchObject({
      code: "provider_unavailable",
    })
    // The main token is as good as before.
    expect(await evergrant.getAccessToken(handle)).toEqual(main)
    await clock.advance(10)

    const forced = await evergrant.getAccessToken(handle, { force: true })

    expect(forced.expiresAt).toBeGreaterThan(clock.now())
    expect(told("tokens.recovered")).toHaveLength(1)
  })

  it("A5 ends the login as lost where the answer for a variant was lost under strict rotation", async () => {
    const { evergrant, signIn, provider, clock } = await createScene()
    const handle = await signIn()
    provider.once("token", async (request) => {
      await provider.usual(request)
      throw networkFailure("ECONNRESET")
    })
    await expect(evergrant.getAccessToken(handle, mail)).rejects.toMatchObject({
      code: "provider_unavailable",
    })
    await clock.advance(10)

    await expect(evergrant.getAccessToken(handle, mail)).rejects.toMatchObject({ reason: "rotation_lost" })
  })

  it("A5 tells those who wait behind a refresh that the provider is down, and asks no second time", async () => {
    const scene = await createScene()
    const { evergrant, signIn, provider, spent } = scene
    const handle = await signIn()
    provider.always("token", () => new Response(null, { status: 503 }))

    const wishes = [mail, profile, { resource: api }]
    const answers = await Promise.allSettled(wishes.map((wish) => evergrant.getAccessToken(handle, wish)))

    for (const answer of answers) {
      expect(answer).toMatchObject({ status: "rejected", reason: { code: "provider_unavailable" } })
    }
    expect(spent()).toEqual(["refresh-1"])
  })

  it("A5 serves a variant that is still good while the provider is down", async () => {
    const { evergrant, signIn, provider, clock } = await createScene()
    const handle = await signIn()
    await evergrant.getAccessToken(handle, mail)
    provider.always("token", () => new Response(null, { status: 503 }))
    await clock.advance(298.5)

    expect((await evergrant.getAccessToken(handle, mail)).scope).toBe("email")
  })

  it("A5 ends the login when the ID token of a variant's answer is another user's", async () => {
    const { evergrant, signIn, provider } = await createScene()
    const handle = await signIn()
    provider.once("token", async (request) => {
      const usual = await (await provider.usual(request)).json()
      return Response.json({ ...usual, id_token: await provider.signIdToken({ sub: "mallory" }) })
    })

    await expect(evergrant.getAccessToken(handle, mail)).rejects.toMatchObject({ reason: "subject_changed" })
  })

  it("A5 holds the eight newest variants, and none that has expired", async () => {
    const scene = await createScene()
    const { evergrant, signIn, clock, spent } = scene
    const handle = await signIn()
    const wish = (index: number) => ({ audience: `api-${index}` })
    for (let index = 0; index < 9; index += 1) {
      await evergrant.getAccessToken(handle, wish(index))
      await clock.advance(1)
    }
    expect(spent()).toHaveLength(9)
    for (let index = 1; index < 9; index += 1) await evergrant.getAccessToken(handle, wish(index))
    expect(spent()).toHaveLength(9)
    await evergrant.getAccessToken(handle, wish(0))
    expect(spent()).toHaveLength(10)

    const full = (await scene.grant(handle)).sealedTokens.length
    await clock.advance(afterExpiry)
    await evergrant.getAccessToken(handle)
    expect((await scene.grant(handle)).sealedTokens.length).toBeLessThan(full / 2)
  })

  it("A5 grows the generation where the provider keeps the refresh token", async () => {
    const scene = await createScene()
    const { evergrant, signIn, provider, grant, spent } = scene
    provider.tolerateReuse = true
    const handle = await signIn()
    const before = await grant(handle)
    provider.always("token", async () => Response.json(await provider.tokens({ refresh_token: undefined })))

    await Promise.all([mail, profile].map((wish) => evergrant.getAccessToken(handle, wish)))

    const after = await grant(handle)
    expect(after.generation).toBe(3)
    expect(after.tokenHash).toBe(before.tokenHash)
    expect(after.expiresAt).toBe(before.expiresAt)
    expect(spent()).toEqual(["refresh-1", "refresh-1"])
    expect(await (await scene.store()).findSpentToken(before.tokenHash)).toBeUndefined()
  })

  it.each(["store", "row"] as const)(
    "A5 writes the main access token and the newest refresh token into the account row (source: %s)",
    async (source) => {
      const { table, row } = createTable()
      const scene = await createScene({ accounts: { ...table, source } })
      const { evergrant, signIn, provider } = scene
      const handle = await signIn()
      const main = await evergrant.getAccessToken(handle)

      const [token] = await Promise.all([
        evergrant.getAccessToken(handle, mail),
        evergrant.getAccessToken(handle, profile),
      ])

      expect(row()).toMatchObject({ access_token: main.accessToken, refresh_token: [...provider.live][0] })
      expect(await evergrant.getAccessToken(handle, mail)).toEqual(token)
      expectChain(scene, 2)
    },
  )

  it("A5 lets two logins that share the row ask for different scopes", async () => {
    const { table } = createTable()
    const scene = await createScene({ accounts: { ...table, source: "row" } })
    const { evergrant, signIn, clock } = scene
    const laptop = await signIn()
    // The second sign-in brings tokens of its own into the row; both logins follow them.
    const phone = await signIn({ account: { refresh_token: "refresh-of-the-phone" } })
    await clock.advance(1)
    const held = hold(scene)
    const first = evergrant.getAccessToken(laptop, mail)
    await held.reached
    const second = evergrant.getAccessToken(phone, profile)
    await until(() => clock.waiting().some((delay) => delay < 0.03))
    held.answer()

    expect((await first).scope).toBe("email")
    await clock.advance(0.3)
    expect((await second).scope).toBe("openid profile")
    expect(await evergrant.getAccessToken(laptop, mail)).toEqual(await first)
    expect(new Set(scene.spent()).size).toBe(scene.spent().length)
    expect(scene.told("session.ended")).toEqual([])
    expect((await evergrant.getAccessToken(laptop, { force: true })).scope).toBe("openid profile email")
  })

  it("A5 leaves variants out of the cookie, where the login travels in it", async () => {
    const placement = () => cookieStore({ name: crypto.randomUUID() })
    const scene = await createScene({ driver: placement() })
    const { evergrant, signIn, again } = scene
    const handle = await signIn()
    const before = await evergrant.takeSnapshot(handle)
    const main = await evergrant.getAccessToken(handle)
    const token = await evergrant.getAccessToken(handle, mail)

    const carried = JSON.parse(JSON.stringify(await evergrant.takeSnapshot(handle, before)))

    expect(JSON.stringify(carried)).not.toContain(token.accessToken)
    expect(JSON.stringify(carried).length).toBe(JSON.stringify(before).length)
    expect(carried.grants[0].tokens.refreshToken).toBe([...scene.provider.live][0])
    expect(await evergrant.getAccessToken(handle, mail)).toEqual(token)
    // After a restart the chain and the main token are there, and the scope is asked for anew.
    const restarted = again({ store: placement() })
    expect(await restarted.restoreLogin(handle, "user-1", carried)).toBe("readable")
    expect(await restarted.getAccessToken(handle)).toEqual(main)
    expect((await restarted.getAccessToken(handle, mail)).scope).toBe("email")
    expectChain(scene, 2)
  })

  it("A5 gives jobs a variant of a user's token, too", async () => {
    const scene = await createScene()
    const handle = await scene.signIn()
    const job = { userId: "user-1", provider: "oidc", ...mail }

    const [one, two] = await Promise.all([
      scene.evergrant.getAccessTokenOfUser(job),
      scene.evergrant.getAccessToken(handle, mail),
    ])

    expect(one).toEqual(two)
    expectChain(scene, 1)
  })
})
