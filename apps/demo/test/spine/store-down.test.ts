/** A store that cannot be read makes the answer "unknown", which is never "signed out". */
import { renameSync } from "node:fs"
import { expect, it } from "vitest"
import { expectNewest } from "./account-rows.ts"
import { describeDemo, eventually, figure, isUsable, tokenOf } from "./scene.ts"
import { setUsersDown } from "./users-database.ts"

await describeDemo("an unreadable store", { stores: ["sqlite"] }, (scene) => {
  it("is 503 with Retry-After and without any cookie, and nobody was signed out", async () => {
    const { provider, strategy, signedIn, file } = scene()
    await provider.setLifetimes({ accessToken: 300 })
    const browser = await signedIn()
    const before = browser.jar.header(browser.app)
    const csrf = (await browser.getJson("/api/auth/csrf")).body.csrfToken
    const form = () => new URLSearchParams({ csrfToken: String(csrf), callbackUrl: "/" })
    const headers = { origin: browser.app, "x-evergrant": "1", "content-type": "application/json" }

    renameSync(file, `${file}.away`)
    try {
      for (const [path, init] of [
        ["/api/me", {}],
        ["/api/token", {}],
        ["/api/upstream", {}],
        ["/api/user/update", { method: "POST", headers }],
        ["/api/onboarding", { method: "POST", headers, body: '{"step":"COMPLETED"}' }],
        ["/api/auth/session", {}],
        [
          "/api/auth/session",
          { method: "POST", headers, body: JSON.stringify({ csrfToken: csrf, data: {} }) },
        ],
        ["/api/auth/evergrant/session", {}],
        ["/api/auth/evergrant/refresh", { method: "POST", headers }],
        ["/api/auth/evergrant/patch", { method: "POST", headers, body: '{"theme":"dark"}' }],
        ["/api/auth/signin/oidc", { method: "POST", body: form() }],
        ["/api/auth/callback/oidc?code=x&state=y", {}],
        ["/api/auth/signout", { method: "POST", body: form() }],
        ["/healthz", {}],
        ["/", {}],
        ["/app", {}],
      ] as const) {
        const answer = await browser.request(path, init)
        expect([path, answer.status]).toEqual([path, 503])
        expect([path, answer.headers.getSetCookie()]).toEqual([path, []])
        if (path !== "/healthz") expect([path, answer.headers.get("retry-after")]).toEqual([path, "1"])
      }
    } finally {
      renameSync(`${file}.away`, file)
    }
    expect(browser.jar.header(browser.app)).toBe(before)
    const { status } = await eventually(
      "the store's return",
      () => browser.getJson("/api/me"),
      (answer) => answer.status !== 503,
    )
    expect(status).toBe(200)
    figure(
      `${provider.kind}, ${strategy}: 16 paths answer 503 without a cookie while the store is away, then signed in as before`,
    )
  })
})

await describeDemo(
  "a database of users that is down",
  { stores: ["sqlite"], strategies: ["database"] },
  (scene) => {
    it("is 503 without any cookie, too, and nobody was signed out", async () => {
      const { provider, signedIn, usersFile } = scene()
      const browser = await signedIn()
      const before = browser.jar.header(browser.app)
      const paths = ["/api/me", "/api/token", "/api/accounts", "/api/auth/session", "/healthz", "/", "/app"]
      setUsersDown(usersFile, true)
      try {
        for (const path of paths) {
          const answer = await browser.request(path)
          expect([path, answer.status]).toEqual([path, 503])
          expect([path, answer.headers.getSetCookie()]).toEqual([path, []])
        }
      } finally {
        setUsersDown(usersFile, false)
      }
      expect(browser.jar.header(browser.app)).toBe(before)
      expect((await browser.getJson("/api/me")).status).toBe(200)
      figure(`${provider.kind}, database: ${paths.length} paths answer 503 while the users' database is away`)
    })
  },
)

await describeDemo(
  "a database of users that is down, with sessions in cookies",
  { stores: ["sqlite"], strategies: ["jwt"] },
  (scene) => {
    it("keeps nobody from fresh tokens, and the account row follows when it is back", async () => {
      const { provider, signedIn, demos, usersFile } = scene()
      const browser = await signedIn()
      setUsersDown(usersFile, true)
      try {
        expect(await browser.postJson("/api/user/update")).toMatchObject({
          status: 200,
          body: { generation: 2 },
        })
        expect(await isUsable(provider, (await tokenOf(browser)).accessToken)).toBe(true)
        expect((await browser.open("/")).html).toContain("They cannot be read right now.")
        expect((await browser.getJson("/api/accounts")).status).toBe(503)
        expect(demos[0]?.output()).toContain("The account table cannot be written.")
      } finally {
        setUsersDown(usersFile, false)
      }
      const followed = () =>
        expectNewest(scene(), browser, "it is back").then(
          () => true,
          () => false,
        )
      await eventually("the row's return", followed, Boolean)
      figure(`${provider.kind}, jwt: the users' database is away during a refresh, and the row follows later`)
    })
  },
)
