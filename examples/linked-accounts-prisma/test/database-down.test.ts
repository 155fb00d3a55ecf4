/** The users' database goes down while a grant is refreshed: nobody is signed out, and the row is written later. */
import { afterEach, expect, it } from "vitest"
import { clockPassed, eventually, figure, isUsable, tokenOf } from "../../../apps/demo/test/spine/scene.ts"
import { describeExample, type Fingerprints, type Scene } from "./scene.ts"

/** The alarm of the event `work.postponed`. */
const alarm = "[evergrant] The account table cannot be written."

/** Waits for the write of the row. What a killed process held is tried again after a while: the runner's limit counts. */
async function rowFollows({ row, newest }: Scene): Promise<Fingerprints> {
  const expected = await newest()
  for (;;) {
    const found = await row()
    if (found.access_token === expected.access_token) {
      expect(found).toEqual(expected)
      return found
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

await describeExample("the users' database is down", ["jwt"], (scene) => {
  afterEach(() => scene().database.setDown(false))

  it("the session goes on with fresh tokens, and the row follows without another refresh", async () => {
    const { provider, database, signedIn, row, example } = scene()
    const browser = await signedIn()
    const before = await row()
    await provider.resetCounters()

    await database.setDown(true)
    expect(await browser.postJson("/api/user/update")).toMatchObject({ status: 200, body: { generation: 2 } })
    const { accessToken } = await tokenOf(browser)
    expect(await isUsable(provider, accessToken)).toBe(true)
    expect((await browser.getJson("/api/me")).status).toBe(200)
    expect((await browser.getJson("/healthz")).status).toBe(200)
    expect(await browser.getJson("/api/accounts")).toMatchObject({
      status: 503,
      body: { error: "unavailable" },
    })
    expect(example().output()).toContain(alarm)

    await database.setDown(false)
    // From here on nobody asks the application for anything.
    expect(await rowFollows(scene())).not.toEqual(before)
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
    figure(`${provider.kind}, jwt: refreshed while the database was down, the row written after it was back`)
  })

  it("the process is killed meanwhile: the next one writes the row", async () => {
    const { provider, database, signedIn, row, restart } = scene()
    const browser = await signedIn()
    const before = await row()
    await provider.resetCounters()

    await database.setDown(true)
    expect(await browser.postJson("/api/user/update")).toMatchObject({ status: 200, body: { generation: 2 } })
    await restart(() => database.setDown(false))
    expect(await row()).toEqual(before)
    // A process that nobody asks anything has not loaded the application: the health check is enough.
    await eventually(
      "health",
      () => browser.getJson("/healthz"),
      ({ status }) => status === 200,
    )
    await rowFollows(scene())
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
    expect((await browser.getJson("/api/me")).body).toMatchObject({ generation: 2 })
    figure(`${provider.kind}, jwt: killed while the database was down, the row written after the restart`)
  })
})

await describeExample("the database of the sessions is down", ["database"], (scene) => {
  afterEach(() => scene().database.setDown(false))

  it("is unknown and never signed out; afterwards all is as before, and the row is right", async () => {
    const { provider, database, signedIn, row } = scene()
    await provider.setLifetimes({ accessToken: 3 })
    const browser = await signedIn()
    const me = (await browser.getJson("/api/me")).body
    const before = await row()
    const cookies = browser.jar.header(browser.app)
    await clockPassed(Number(before.expires_at) + 1)

    await database.setDown(true)
    for (const path of ["/api/me", "/api/token", "/api/upstream", "/api/accounts", "/", "/healthz"]) {
      const answer = await browser.request(path)
      expect([path, answer.status, answer.headers.getSetCookie()]).toEqual([path, 503, []])
    }
    const update = await browser.postJson("/api/user/update")
    expect(update).toMatchObject({ status: 503, body: { error: "unknown" } })
    expect(browser.jar.header(browser.app)).toBe(cookies)

    await database.setDown(false)
    expect(await browser.getJson("/api/me")).toMatchObject({ status: 200, body: { user: me.user } })
    expect((await rowFollows(scene())).access_token).not.toBe(before.access_token)
    expect(await provider.refreshes()).toMatchObject({ refused: 0 })
    await provider.setLifetimes({ accessToken: 300 })
    figure(
      `${provider.kind}, database: 503 without a cookie while it was down, signed in as before after that`,
    )
  })
})
