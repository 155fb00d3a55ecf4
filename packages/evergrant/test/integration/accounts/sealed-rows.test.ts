/** Sealed token columns: a stolen database tells no token, and the application reads them all the same. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { describeEachDatabase } from "../../databases/each-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { secret, type TokenAnswer } from "../binding/application.ts"
import {
  appUrl,
  createLinkedApplication,
  expectRow,
  fingerprint,
  type LinkedApplication,
  type LinkedOptions,
  rowOf,
  strategies,
} from "./linked-application.ts"

let provider: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => provider.close())

const newSecret = "fedcba9876543210fedcba9876543210"

/** Parts of tokens that a dump must not hold: the ends, which are signatures, and whole opaque tokens. */
const canaries = (answers: readonly TokenAnswer[]) =>
  answers.flatMap(({ access_token, refresh_token, id_token }) =>
    [access_token, refresh_token, id_token].flatMap((token) => (token ? [token, token.slice(-24)] : [])),
  )

describeEachDatabase("sealed columns", (database) => {
  const open = (strategy: (typeof strategies)[number], options: LinkedOptions = {}) =>
    createLinkedApplication(provider, database(), strategy, { accounts: { sealed: true }, ...options })
  let apps: LinkedApplication[] = []
  afterEach(async () => {
    for (const app of apps) await app.result.close()
    apps = []
  })

  async function expectOpened(app: LinkedApplication): Promise<void> {
    const {
      provider: name,
      providerAccountId,
      access_token,
      refresh_token,
      id_token,
    } = await rowOf(database())
    const row = await app.result.openAccount({
      provider: String(name),
      providerAccountId: String(providerAccountId),
      access_token: String(access_token),
      refresh_token: String(refresh_token),
      id_token: String(id_token),
    })
    const newest = app.tokens.at(-1)
    expect([row.access_token, row.refresh_token, row.id_token].map(fingerprint)).toEqual(
      [newest?.access_token, newest?.refresh_token, newest?.id_token].map(fingerprint),
    )
  }

  for (const strategy of strategies) {
    it(`no token is in the database, from the first link on (${strategy} strategy)`, async () => {
      const app = open(strategy)
      apps.push(app)
      const browser = app.browser()
      await browser.signIn(provider, strategy === "jwt" ? "alice" : "bob")
      if (strategy === "jwt") await expectOpened(app)
      await browser.signIn(provider, strategy === "jwt" ? "alice" : "bob")
      await app.result.refreshSession({ request: browser.request("/") })
      const dump = await database().dump()
      expect(dump).toContain("eg1.")
      expect(canaries(app.tokens)).toHaveLength(app.tokens.length * 6)
      expect(canaries(app.tokens).filter((canary) => dump.includes(canary))).toHaveLength(0)
      await browser.signOut()
      await database().query(`DELETE FROM ${database().kind === "pg" ? "accounts" : "account"}`)
      await database().query(`DELETE FROM ${usersTable()}`)
    })
  }

  it("plain rows are read and sealed at the next write; rows under an older key open", async () => {
    const plain = open("jwt", { accounts: {} })
    const browser = plain.browser()
    await browser.signIn(provider)
    await expectRow(database(), plain.tokens[0])
    await plain.result.close()

    const sealed = open("jwt")
    apps.push(sealed)
    const next = sealed.browser()
    await next.signIn(provider)
    await expectOpened(sealed)
    await sealed.result.close()

    const rotated = open("jwt", { secret: [newSecret, secret] })
    apps.push(rotated)
    rotated.tokens.push(...sealed.tokens)
    // Sealed under the older key.
    await expectOpened(rotated)
    const last = rotated.browser()
    await last.signIn(provider)
    await expectOpened(rotated)
    await rotated.result.close()

    const withoutOld = open("jwt", { secret: newSecret })
    apps.push(withoutOld)
    withoutOld.tokens.push(...rotated.tokens)
    await expectOpened(withoutOld)
  })

  function usersTable(): string {
    if (database().kind === "pg") return "users"
    return '"user"'
  }
})
