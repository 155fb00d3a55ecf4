/** The test databases themselves: the stock adapters work on their tables, and being down is real. */
import { randomUUID } from "node:crypto"
import { inspect } from "node:util"
import type { AdapterUser } from "@auth/core/adapters"
import { expect, test } from "vitest"
import { isEvergrantError } from "../../src/errors.ts"
import { openDatabase } from "../databases/create-database.ts"
import { describeEachDatabase } from "../databases/each-database.ts"
import type { TestDatabase } from "../databases/test-database.ts"

const tokens = {
  access_token: "access 1",
  refresh_token: "refresh 1",
  id_token: "id 1",
  expires_at: 1_800_000_000,
  token_type: "bearer" as const,
  scope: "openid",
  session_state: "state 1",
}

/** What Auth.js does at the first sign-in of a user. */
async function signInFirst({
  adapter,
}: TestDatabase): Promise<{ user: AdapterUser; providerAccountId: string }> {
  const name = randomUUID()
  const user = await adapter.createUser?.({ id: name, email: `${name}@example.org`, emailVerified: null })
  if (!user) throw new Error("the adapter creates no users")
  await adapter.linkAccount?.({
    ...tokens,
    userId: user.id,
    type: "oidc",
    provider: "keycloak",
    providerAccountId: name,
  })
  return { user, providerAccountId: name }
}

describeEachDatabase("a stock adapter", (database) => {
  test("links the account of a first sign-in with Auth.js's seven columns, and the writer finds it", async () => {
    const { user, providerAccountId } = await signInFirst(database())
    const key = { provider: "keycloak", providerAccountId }
    expect((await database().adapter.getUserByAccount?.(key))?.id).toBe(user.id)
    const { token_type, ...columns } = tokens
    expect(await database().writer.find(key)).toEqual({ ...key, ...columns })
    const rows = await database().accounts()
    expect(rows.find((row) => row.providerAccountId === providerAccountId)).toMatchObject({
      token_type,
      note: null,
    })
  })

  test("creates, reads and deletes a session", async () => {
    const { user } = await signInFirst(database())
    const expires = new Date(Date.UTC(2030, 0, 1))
    const sessionToken = randomUUID()
    await database().adapter.createSession?.({ sessionToken, userId: user.id, expires })
    const sessions = await database().sessions()
    expect(sessions.find((session) => session.sessionToken === sessionToken)).toEqual({
      sessionToken,
      userId: String(user.id),
      expires,
    })
    expect((await database().adapter.getSessionAndUser?.(sessionToken))?.user.id).toBe(user.id)
    await database().adapter.deleteSession?.(sessionToken)
    expect((await database().sessions()).some((session) => session.sessionToken === sessionToken)).toBe(false)
  })

  test("fails while the database is down, as the writer does, and works again afterwards", async () => {
    const { user, providerAccountId } = await signInFirst(database())
    const key = { provider: "keycloak", providerAccountId }
    await database().setDown(true)
    await expect(Promise.resolve(database().adapter.getUserByAccount?.(key))).rejects.toThrow()
    await expect(database().writer.find(key)).rejects.toThrow()
    await expect(database().writer.update(key, { access_token: "access 2" }, tokens)).rejects.toThrow()
    await database().setDown(false)
    expect((await database().adapter.getUserByAccount?.(key))?.id).toBe(user.id)
    expect(await database().writer.update(key, { access_token: "access 2" }, tokens)).toBe("stored")
  })

  test("what the writer rejects with holds no token, whatever the driver quotes", async () => {
    const { providerAccountId } = await signInFirst(database())
    const key = { provider: "keycloak", providerAccountId }
    const planted = { access_token: "canary access", refresh_token: "canary refresh", id_token: "canary id" }
    // Not a number, so that the database itself refuses the row and quotes what it does not like.
    const broken = { ...planted, expires_at: Number.NaN }
    const failures: unknown[] = []
    const fail = (error: unknown): void => void failures.push(error)
    await database().writer.update(key, broken, tokens).catch(fail)
    await database().setDown(true)
    await database()
      .writer.update(key, planted, { ...planted })
      .catch(fail)
    await database().setDown(false)
    expect(failures.length).toBeGreaterThan(0)
    for (const error of failures) {
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("canary")
      expect(isEvergrantError(error) && error.message).toMatch(/^The \w+ \w+ "accounts?" .*\.$/)
    }
  })

  test("shares its database with another process, and the dump shows everything", async () => {
    const { providerAccountId } = await signInFirst(database())
    const other = await openDatabase(database().kind, database().address)
    const key = { provider: "keycloak", providerAccountId }
    expect(await other.writer.update(key, { id_token: "planted canary" }, tokens)).toBe("stored")
    await other.close()
    expect((await database().writer.find(key))?.id_token).toBe("planted canary")
    expect(await database().dump()).toContain("planted canary")
  })
})
