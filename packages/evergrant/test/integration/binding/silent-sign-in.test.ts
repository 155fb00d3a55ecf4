/** Row A10: who may start a silent sign-in, where it may lead, and what it must not become. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { createDatabase } from "../../databases/create-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { appUrl } from "./application.ts"
import type { Browser } from "./browser.ts"
import {
  createSilentApplication,
  type LostLogin,
  navigation,
  noteOf,
  type SilentApplication,
  start,
  told,
} from "./silent-application.ts"

let provider: EmbeddedTestProvider
let plain: SilentApplication
let off: SilentApplication
let picky: SilentApplication
let stored: SilentApplication
let pool: LostLogin[]
let pools: Record<"off" | "picky" | "stored", LostLogin[]>

/** What the application `picky` says next time. */
const says = { signIn: true, sub: undefined as string | undefined }

beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
  // Auth.js's own default: no state.
  plain = createSilentApplication(provider, undefined, {}, { checks: ["pkce"] })
  off = createSilentApplication(provider, undefined, { evergrant: { silentSignIn: false } })
  picky = createSilentApplication(provider, undefined, {
    callbacks: {
      signIn: () => says.signIn,
      redirect: ({ baseUrl }) => `${baseUrl}/dashboard`,
      jwt: ({ token }) => (says.sub ? { ...token, sub: says.sub } : token),
    },
  })
  stored = createSilentApplication(provider, await createDatabase("sqlite", ""))
  const alices = (count: number) => Array.from({ length: count }, () => "alice")
  const [own, ofOff, ofPicky, ofStored] = await Promise.all([
    plain.lose(...alices(11)),
    off.lose("alice"),
    picky.lose(...alices(3)),
    stored.lose("alice"),
  ])
  pool = own
  pools = { off: ofOff, picky: ofPicky, stored: ofStored }
})
afterAll(async () => {
  await Promise.all([plain, off, picky, stored].map((app) => app.close()))
  await provider.close()
})
afterEach(() => provider.provider.faults.clear())

function take(from: LostLogin[]): LostLogin {
  const one = from.shift()
  if (!one) throw new Error("All are spent.")
  return one
}

const silent = "/api/auth/evergrant/silent"
const isOffered = async (browser: Browser) => (await told(browser)).silent !== undefined

/** Goes to the provider and comes back with its answer, which is not yet looked at. */
async function toCallback(browser: Browser, returnTo = "/page"): Promise<URL> {
  const { location } = await start(browser, returnTo)
  return new URL(await provider.signIn(location, "nobody", browser.jar, `${appUrl}/api/auth/callback/`))
}

describe("a silent sign-in", () => {
  it("A10 heals with Auth.js's default checks, by a cookie that tells a script nothing", async () => {
    const { browser, user } = take(pool)
    const { setCookies } = await start(browser.copy(), "/page")
    const cookie = setCookies.find((line) => line.startsWith("evergrant.silent="))
    expect(cookie).toMatch(/; HttpOnly/i)
    expect(cookie).toMatch(/; SameSite=lax/i)
    expect(cookie).not.toContain(user)

    const { browser: second } = take(pool)
    await plain.goTo(second, "/page")
    expect((await second.session())?.user.id).toBe(user)
  })

  it("A10 is named by sessionStatus(), for an application without a proxy", async () => {
    const { browser } = take(pool)
    const request = browser.request("/page")
    expect(await plain.result.sessionStatus({ request })).toEqual({
      status: "signed_out",
      reason: "rotation_lost",
      silent,
    })
    expect(
      await plain.result.auth({ headers: { cookie: browser.cookieHeader } } as never, {} as never),
    ).toBeNull()

    // Only for a person who goes to a page.
    for (const [method, headers] of [
      ["GET", { accept: "application/json" }],
      ["GET", { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", accept: "text/html" }],
      ["GET", { ...navigation, "sec-purpose": "prefetch" }],
      ["POST", navigation],
    ] as const) {
      const answer = await plain.result.auth(browser.request("/page", { method, headers }))
      expect(answer.headers.get("location")).toBeNull()
    }

    // Auth.js's own pages are never the way.
    const signIn = await plain.result.auth(browser.request("/api/auth/signin", { headers: navigation }))
    expect(signIn.headers.get("location")).toBeNull()

    // What is no path of the application, or comes from no navigation, is refused, and spends nothing.
    for (const returnTo of [
      "https://evil.example/",
      "//evil.example",
      "/\\evil.example",
      "/..//evil.example",
      "/\t/evil.example",
      "javascript:alert(1)",
      "/api/auth/signout",
      silent,
    ]) {
      expect(await start(browser, returnTo)).toMatchObject({ status: 400, location: "", setCookies: [] })
    }
    for (const headers of [
      {},
      { ...navigation, "sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site" },
      { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image", "sec-fetch-site": "cross-site" },
      { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", "sec-fetch-site": "same-origin" },
      { ...navigation, "sec-purpose": "prefetch;prerender" },
    ]) {
      const answer = await browser.get(`${silent}?returnTo=/page`, headers as Record<string, string>)
      expect(answer).toMatchObject({ status: 403, location: "", setCookies: [] })
    }
    expect((await browser.post(`${silent}?returnTo=/page`, {}, navigation)).status).toBe(405)
    expect(await isOffered(browser)).toBe(true)

    // A link of another site leads to the page, and back comes the user who was there.
    const answer = await browser.get(`${silent}?returnTo=/page`, {
      ...navigation,
      "sec-fetch-site": "cross-site",
    })
    expect(answer.location.startsWith(provider.issuer)).toBe(true)
  })

  it("A10 sends everybody else straight to the page", async () => {
    const stranger = plain.browser()
    expect(await start(stranger)).toMatchObject({ status: 302, location: `${appUrl}/page`, setCookies: [] })
    await stranger.signIn(provider, "bob")
    expect(await start(stranger)).toMatchObject({ location: `${appUrl}/page`, setCookies: [] })
    expect((await stranger.session())?.user.email).toContain("bob@")
    const old = stranger.copy()
    await stranger.signOut()
    expect(await start(old)).toMatchObject({ location: `${appUrl}/page`, setCookies: [] })
  })

  it("A10 is known by cookie and state alone: an address that somebody made up is none", async () => {
    const { browser } = take(pool)
    const callback = await toCallback(browser)
    const code = callback.searchParams.get("code") ?? ""
    const state = callback.searchParams.get("state") ?? ""
    for (const query of [
      { error: "login_required" },
      { error: "login_required", state: "made-up" },
      { error: "login_required", state: `${state}x` },
    ]) {
      const answer = await browser.get(`/api/auth/callback/oidc?${new URLSearchParams(query)}`)
      expect(answer.location).toContain("/api/auth/error")
    }
    expect(noteOf(browser)).toBeUndefined()
    // The state of one browser is none of another's.
    const other = plain.browser()
    const foreign = await other.get(`/api/auth/callback/oidc?${new URLSearchParams({ code, state })}`)
    expect(foreign.location).toContain("/api/auth/error")
    expect(await other.session()).toBeNull()
    // Nothing of it has spoilt the real one.
    expect((await browser.get(callback.href)).location).toBe(`${appUrl}/page`)
    expect(await browser.session()).not.toBeNull()
  })

  it("A10 whose cookie is not ours is an ordinary callback", async () => {
    const { browser } = take(pool)
    const callback = await toCallback(browser)
    const own = browser.jar.get(`${appUrl}/`, "evergrant.silent") ?? ""
    const at = own.lastIndexOf(".") - 5
    const altered = own.slice(0, at) + (own[at] === "A" ? "B" : "A") + own.slice(at + 1)
    for (const value of [altered, "made-up"]) {
      const victim = browser.copy()
      victim.jar.store(appUrl, [`evergrant.silent=${value}; Path=/`])
      const answer = await victim.get(
        `/api/auth/callback/oidc?error=login_required&state=${callback.searchParams.get("state")}`,
      )
      expect(answer.location).toContain("/api/auth/error")
    }
  })

  it("A10 leaves a session alone that another tab has got meanwhile", async () => {
    const { browser } = take(pool)
    const callback = await toCallback(browser, "/first")
    await browser.signIn(provider, "alice")
    const session = browser.sessionValue
    const answer = await browser.get(callback.href)
    expect(answer.location).toBe(`${appUrl}/first`)
    expect(browser.sessionValue).toBe(session)
    expect(await browser.session()).not.toBeNull()
    expect(browser.jar.get(`${appUrl}/`, "evergrant.silent")).toBeUndefined()
  })

  it("A10 ends on the page where the provider cannot be asked, once and for all", async () => {
    const lost = take(pool)
    provider.provider.faults.set({ kind: "503", endpoint: "discovery" })
    expect(await start(lost.browser)).toMatchObject({ status: 302, location: `${appUrl}/page` })
    provider.provider.faults.clear()
    expect(noteOf(lost.browser)).toBe("rotation_lost")
    expect(plain.outcomes(lost)).toEqual([expect.objectContaining({ outcome: "failed" })])
    expect((await plain.goTo(lost.browser, "/page")).trail).toHaveLength(1)
  })

  it("A10 ends on the page where the code is not accepted, and keeps no cookie of its own", async () => {
    const lost = take(pool)
    const callback = await toCallback(lost.browser)
    provider.provider.faults.set({ kind: "500", grant: "any" })
    expect((await lost.browser.get(callback.href)).location).toBe(`${appUrl}/page`)
    provider.provider.faults.clear()
    expect(noteOf(lost.browser)).toBe("rotation_lost")
    expect(lost.browser.jar.get(`${appUrl}/`, "evergrant.silent")).toBeUndefined()
    expect(await lost.browser.session()).toBeNull()
    expect((await plain.goTo(lost.browser, "/page")).trail).toHaveLength(1)
    // The ordinary way is open.
    await lost.browser.signIn(provider, "alice")
    expect(await lost.browser.session()).not.toBeNull()
  })

  it("A10 is not offered where the option says so", async () => {
    const { browser } = take(pools.off)
    expect(await told(browser)).toEqual({ status: "signed_out", reason: "rotation_lost" })
    expect((await off.goTo(browser, "/page")).trail).toHaveLength(1)
    expect(await start(browser)).toMatchObject({ location: `${appUrl}/page`, setCookies: [] })
  })

  it("A10 obeys the application's signIn callback, and comes back to its own page, not to another", async () => {
    const [refused, welcome] = [take(pools.picky), take(pools.picky)]
    says.signIn = false
    expect((await picky.goTo(refused.browser, "/page")).trail.at(-1)).toBe(`${appUrl}/page`)
    expect(await refused.browser.session()).toBeNull()
    expect(noteOf(refused.browser)).toBe("rotation_lost")
    says.signIn = true
    expect((await picky.goTo(welcome.browser, "/page")).trail.at(-1)).toBe(`${appUrl}/page`)
    expect(await welcome.browser.session()).not.toBeNull()
  })

  it("A10 refuses a user whom the jwt callback calls by another id", async () => {
    const lost = take(pools.picky)
    says.sub = "somebody-else"
    await picky.goTo(lost.browser, "/page")
    says.sub = undefined
    expect(await lost.browser.session()).toBeNull()
    expect(noteOf(lost.browser)).toBe("subject_changed")
    expect(picky.outcomes(lost)).toEqual([expect.objectContaining({ outcome: "subject_changed" })])
  })

  it("A10 registers nobody: an account that is linked to no user any more is refused", async () => {
    const lost = take(pools.stored)
    await stored.database?.query("DELETE FROM account")
    await stored.goTo(lost.browser, "/page")
    expect(await lost.browser.session()).toBeNull()
    expect(noteOf(lost.browser)).toBe("subject_changed")
    expect(await stored.database?.accounts()).toEqual([])
    expect(await stored.database?.sessions()).toEqual([])
  })
})
