import Credentials from "next-auth/providers/credentials"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { signInByForm } from "../../providers/sign-in-by-form.ts"
import { type Application, appUrl, createApplication, oidcProvider } from "./application.ts"
import type { Browser } from "./browser.ts"
import { createGithub, type Github } from "./github.ts"

let github: Github
let provider: EmbeddedTestProvider
beforeAll(async () => {
  github = await createGithub()
  provider = await createEmbeddedRealm({ appUrl })
})
afterAll(async () => {
  await github.close()
  await provider.close()
})

const guest = Credentials({
  id: "guest",
  credentials: { name: {} },
  authorize: ({ name }) => (name === "nobody" ? null : { id: `guest-${String(name)}`, name: String(name) }),
})

function application(): Application {
  return createApplication(provider, { providers: [oidcProvider(provider), github.provider, guest] })
}

async function byGithub(browser: Browser): Promise<void> {
  const { location } = await browser.startSignIn("github")
  const callback = await signInByForm({
    startAt: location,
    stopAt: `${appUrl}/api/auth/callback/`,
    jar: browser.jar,
    fill: () => ({}),
  })
  await browser.get(callback)
}

async function byCredentials(browser: Browser, name = "gwen"): Promise<void> {
  await browser.post("/api/auth/callback/guest", { csrfToken: await browser.csrfToken(), name })
}

describe.each([
  ["a provider like GitHub", byGithub, { id: "github:4711", name: "Octo Cat" }],
  ["credentials", byCredentials, { id: "guest-gwen", name: "gwen" }],
] as const)("signed in with %s", (_, signIn, user) => {
  it("has a session and no grant, and stays small", async () => {
    const app = application()
    const browser = app.browser()
    await signIn(browser)

    expect(await browser.session()).toMatchObject({
      user,
      grants: [],
      claims: {},
      data: { step: "START", theme: "light" },
    })
    expect(browser.sessionValue?.length).toBeLessThanOrEqual(600)
    const request = browser.request("/")
    await expect(app.result.getAccessToken({ request })).rejects.toMatchObject({ code: "no_grant" })
    await expect(app.result.getAccessToken({ request, provider: "oidc" })).rejects.toMatchObject({
      code: "no_grant",
    })
    await expect(app.result.refreshSession({ request })).rejects.toMatchObject({ code: "no_grant" })
    expect(await browser.postOwn("refresh", {})).toMatchObject({ status: 409, setCookies: [] })
    expect(browser.answers.some(({ text }) => text.includes("gho_canary"))).toBe(false)
  })

  it("is seen as changed after a patch, without a new sign-in", async () => {
    const app = application()
    const browser = app.browser()
    await signIn(browser)
    const cookie = browser.sessionValue
    const request = browser.request("/")
    const patched = await app.result.patchSession({ step: "COMPLETED" }, { request })
    expect(patched.data.step).toBe("COMPLETED")
    expect((await browser.postOwn("patch", { theme: "dark" })).status).toBe(200)
    const session = await browser.session()
    expect(session?.data).toEqual({ step: "COMPLETED", theme: "dark" })
    // What `useSession().update({})` shows has nothing to ask, and is right all the same.
    expect(JSON.parse((await browser.update({})).text)).toMatchObject({ data: session?.data, user })
    expect(browser.sessionValue).not.toBe(undefined)

    const answer = await app.result.auth(request)
    expect(answer.status).toBe(200)
    await signIn(browser)
    expect(browser.sessionValue).not.toBe(cookie)
    expect((await browser.session())?.data).toEqual({ step: "COMPLETED", theme: "dark" })
  })

  it("ends in every copy at sign-out", async () => {
    const app = application()
    const browser = app.browser()
    await signIn(browser)
    const copy = browser.copy()
    await browser.signOut()
    expect(browser.jar.get(appUrl, "evergrant.signed-out")).toBe("none")
    expect(await copy.session()).toBe(null)
    expect((await copy.postOwn("patch", { theme: "dark" })).status).toBe(401)
  })
})

describe("credentials", () => {
  it("that are refused, or come without the CSRF token, sign nobody in", async () => {
    const app = application()
    const browser = app.browser()
    await byCredentials(browser, "nobody")
    expect(browser.answers.at(-1)?.location).toContain("error=CredentialsSignin")
    await browser.post("/api/auth/callback/guest", { name: "gwen" })
    expect(await browser.session()).toBe(null)
    expect(app.events).toEqual([])
  })

  it("keep two users of one browser apart", async () => {
    const app = application()
    const browser = app.browser()
    await byCredentials(browser, "gwen")
    const old = browser.copy()
    await browser.postOwn("patch", { theme: "dark" })
    await byCredentials(browser, "hugo")
    expect(await browser.session()).toMatchObject({ user: { id: "guest-hugo" }, data: { theme: "light" } })
    expect(await old.session()).toBe(null)
  })
})

it("a provider that is no OpenID provider is asked for nothing but the sign-in", async () => {
  const app = application()
  const browser = app.browser()
  const before = github.exchanges()
  await byGithub(browser)
  await browser.session()
  await browser.update({})
  expect(github.exchanges()).toBe(before + 1)
})
