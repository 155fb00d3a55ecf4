/** `accounts.source: "row"`: one grant per account, which all logins and other services share. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { describeEachDatabase } from "../../databases/each-database.ts"
import { connectBareClient } from "../../providers/bare-client.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { freshStore } from "../binding/application.ts"
import type { Browser } from "../binding/browser.ts"
import {
  appUrl,
  createLinkedApplication,
  expectRow,
  fingerprint,
  type LinkedApplication,
  rowOf,
} from "./linked-application.ts"

let provider: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => provider.close())

describeEachDatabase("the row as the source", (database) => {
  let app: LinkedApplication
  let store: ReturnType<typeof freshStore>
  afterEach(() => app.result.close())
  async function twoBrowsers(): Promise<[Browser, Browser]> {
    store = freshStore()
    app = createLinkedApplication(provider, database(), "jwt", {
      accounts: { source: "row" },
      evergrant: { store },
    })
    const laptop = app.browser()
    const phone = app.browser()
    await laptop.signIn(provider)
    await phone.signIn(provider)
    await provider.resetCounters()
    return [laptop, phone]
  }
  const forced = async (browser: Browser) =>
    fingerprint((await app.result.getAccessToken({ request: browser.request("/"), force: true })).accessToken)

  it("the logins of an account take turns on one chain of refresh tokens", async () => {
    const [laptop, phone] = await twoBrowsers()
    for (const browser of [laptop, phone, phone, laptop, laptop, phone]) {
      expect(await forced(browser)).toBe(fingerprint(app.tokens.at(-1)?.access_token))
      await expectRow(database(), app.tokens.at(-1))
    }
    await Promise.all([laptop, phone, laptop, phone].map(forced))
    await expectRow(database(), app.tokens.at(-1))
    const { refused } = await provider.refreshes()
    expect(refused).toBe(0)
    // The first browser's own session was left alone: nobody has spent its token.
    const spent = provider.provider.counters.get({ clientId: provider.clientId })
    expect(spent.refreshRefused).toBe(0)
    await laptop.signOut()
    await phone.signOut()
  })

  it("what another service has refreshed is taken over, and never spent again", async () => {
    const [laptop] = await twoBrowsers()
    const client = await connectBareClient(provider, `${appUrl}/callback`)
    const row = await rowOf(database())
    const { body } = await client.refresh(String(row.refresh_token))
    const outcome = await database().writer.update(
      { provider: "oidc", providerAccountId: String(row.providerAccountId) },
      {
        access_token: String(body.access_token),
        refresh_token: String(body.refresh_token),
        id_token: String(body.id_token),
        expires_at: Math.floor(Date.now() / 1000) + 300,
      },
      { access_token: String(row.access_token), refresh_token: String(row.refresh_token) },
    )
    expect(outcome).toBe("stored")

    expect(await forced(laptop)).toBe(fingerprint(app.tokens.at(-1)?.access_token))
    await expectRow(database(), app.tokens.at(-1))
    expect((await provider.refreshes()).refused).toBe(0)
    expect(app.events).toContainEqual(expect.objectContaining({ type: "tokens.adopted" }))
    await laptop.signOut()
  })

  it("ends with the last login, at the provider and in the table", async () => {
    const [laptop, phone] = await twoBrowsers()
    await forced(laptop)
    const newest = app.tokens.at(-1)
    await phone.signOut()
    const finished = () => app.events.filter((event) => event.type === "signout.finished")
    expect(finished().at(-1)).toMatchObject({ providers: [{ provider: "oidc", status: "shared" }] })
    await expectRow(database(), newest)
    expect(await forced(laptop)).toBe(fingerprint(app.tokens.at(-1)?.access_token))

    await laptop.signOut()
    expect(finished().at(-1)).toMatchObject({ providers: [{ provider: "oidc", status: "ended" }] })
    await expectRow(database(), {})
    const client = await connectBareClient(provider, `${appUrl}/callback`)
    expect((await client.refresh(String(app.tokens.at(-1)?.refresh_token))).status).toBe(400)
  })

  it("a login that never refreshed ends the shared grant too, when it is the last", async () => {
    const [laptop, phone] = await twoBrowsers()
    await forced(phone)
    await phone.signOut()
    await laptop.signOut()
    const client = await connectBareClient(provider, `${appUrl}/callback`)
    for (const { refresh_token } of [app.tokens[0], app.tokens.at(-1)].flatMap((one) => one ?? [])) {
      expect((await client.refresh(String(refresh_token))).status).toBe(400)
    }
  })

  it("without the row nothing is spent: the good token is served, a new one is not to be had", async () => {
    const [laptop, phone] = await twoBrowsers()
    await database().setDown(true)
    await provider.resetCounters()
    const { accessToken } = await app.result.getAccessToken({ request: laptop.request("/") })
    expect(fingerprint(accessToken)).toBe(fingerprint(app.tokens[0]?.access_token))
    await expect(forced(laptop)).rejects.toMatchObject({ code: "provider_unavailable" })
    expect(await provider.refreshes()).toEqual({ succeeded: 0, refused: 0 })
    await database().setDown(false)
    expect(await phone.session()).not.toBeNull()
    await laptop.signOut()
    await phone.signOut()
  })

  it("a row that could not be written is not believed again", async () => {
    const [laptop, phone] = await twoBrowsers()
    await app.result.close()
    const update = async () => Promise.reject(new Error("The table is read-only."))
    app = createLinkedApplication(provider, database(), "jwt", {
      accounts: { source: "row", writer: { ...database().writer, update } },
      evergrant: { store },
    })
    const behind = await rowOf(database())
    const first = await forced(laptop)
    expect((await rowOf(database())).refresh_token).toBe(behind.refresh_token)
    // The other login finds a spent token in the row, and goes on from the newest in the store.
    expect(await forced(phone)).not.toBe(first)
    expect(await provider.refreshes()).toEqual({ succeeded: 2, refused: 0 })
  })
})
