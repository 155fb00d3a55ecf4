/** Users whose id is a number: the adapter gets back what it gave. */

import type { Adapter, AdapterAccount, AdapterSession, AdapterUser } from "next-auth/adapters"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { appUrl, createApplication, oidcProvider } from "../binding/application.ts"

let first: EmbeddedTestProvider
let second: EmbeddedTestProvider
beforeAll(async () => {
  first = await createEmbeddedRealm({ appUrl })
  second = await createEmbeddedRealm({ appUrl })
})
afterAll(() => Promise.all([first.close(), second.close()]))

/** As one of Prisma with `id Int`: it takes no text for a number. */
function numericAdapter() {
  const users = new Map<unknown, AdapterUser>()
  const accounts: AdapterAccount[] = []
  const sessions = new Map<string, AdapterSession>()
  const numeric = (id: unknown) => {
    if (typeof id !== "number") throw new TypeError("Argument `userId`: expected Int.")
  }
  const adapter: Adapter = {
    async createUser(user) {
      const made = { ...user, id: (users.size + 1) as unknown as string }
      users.set(made.id, made)
      return made
    },
    getUser: async (id) => users.get(Number(id)) ?? null,
    getUserByEmail: async (email) => [...users.values()].find((user) => user.email === email) ?? null,
    async getUserByAccount({ provider, providerAccountId }) {
      const found = accounts.find(
        (one) => one.provider === provider && one.providerAccountId === providerAccountId,
      )
      return users.get(found?.userId) ?? null
    },
    async updateUser(user) {
      return { ...(users.get(user.id) as AdapterUser), ...user }
    },
    async linkAccount(account) {
      numeric(account.userId)
      accounts.push(account)
    },
    async createSession(session) {
      numeric(session.userId)
      sessions.set(session.sessionToken, session)
      return session
    },
    async getSessionAndUser(sessionToken) {
      const session = sessions.get(sessionToken)
      const user = session && users.get(session.userId)
      return session && user ? { session, user } : null
    },
    async updateSession(session) {
      const known = sessions.get(session.sessionToken)
      if (!known) return null
      sessions.set(session.sessionToken, { ...known, ...session })
      return known
    },
    async deleteSession(sessionToken) {
      sessions.delete(sessionToken)
    },
  }
  return { adapter, accounts, sessions }
}

it("an account is linked, and the fresh row is the user's", async () => {
  const { adapter, accounts } = numericAdapter()
  const app = createApplication(first, {
    providers: [oidcProvider(first), oidcProvider(second, [], "oidc2")],
    adapter,
    session: { strategy: "database" },
  })
  const browser = app.browser()
  await browser.signIn(first)
  expect((await browser.session())?.user.id).toBe("1")
  const answer = await browser.signIn(second, "bob", "oidc2")
  expect(answer.location).toBe(`${appUrl}/`)
  expect((await browser.session())?.grants).toHaveLength(2)
  expect(accounts.map(({ userId }) => userId)).toEqual([1, 1])
})
