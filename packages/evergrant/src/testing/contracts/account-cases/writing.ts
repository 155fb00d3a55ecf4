import assert from "node:assert/strict"
import { type AccountWriterCase, accountCase, assertHolds, tokensOf } from "../account-case.ts"

const later = 2 ** 31 + 1000

export const writing: readonly AccountWriterCase[] = [
  accountCase("what the patch leaves out stays as it is", async ({ writer, key, row, read }) => {
    assert.equal(await writer.update(key, { access_token: "access 2" }, tokensOf(row)), "stored")
    assertHolds(await read(), { ...row, access_token: "access 2" })
  }),

  accountCase("null empties a column", async ({ writer, key, row, read }) => {
    const empty = { access_token: null, refresh_token: null, id_token: null, expires_at: null }
    assert.equal(await writer.update(key, empty, tokensOf(row)), "stored")
    assertHolds(await read(), { ...row, ...empty })
  }),

  accountCase("every column can be written, and the application's own stay", async (world) => {
    const { writer, key, row, read } = world
    const patch = {
      access_token: "access 2",
      refresh_token: "refresh 2",
      id_token: "id 2",
      expires_at: 1_900_000_000,
      scope: "openid",
      session_state: "state 2",
    }
    assert.equal(await writer.update(key, patch, tokensOf(row)), "stored")
    assertHolds(await read(), { ...patch, note: row.note })
  }),

  accountCase(
    "columns that the table lacks are left out",
    async ({ writer, key, row, read }) => {
      const held = { access_token: "access 2", expires_at: 1_900_000_000 }
      const patch = { ...held, scope: "openid", session_state: "state 2" }
      assert.equal(await writer.update(key, patch, tokensOf(row)), "stored")
      assertHolds(await read(), { ...held, refresh_token: "refresh 1", note: row.note })
      assert.equal((await writer.find(key))?.expires_at, held.expires_at)
      const nothing = { scope: "email" }
      assert.equal(
        await writer.update(key, nothing, { ...tokensOf(row), access_token: "access 2" }),
        "stored",
      )
      assert.equal(await writer.update(key, nothing, tokensOf(row)), "conflict")
    },
    {},
    "narrow",
  ),

  accountCase("a time after 2038 is stored, or the latest that the column holds", async (world) => {
    const { writer, key, row, read, subject } = world
    const patch = { access_token: "access 2", expires_at: later }
    const held = Math.min(later, subject.latestExpiry ?? later)
    assert.equal(await writer.update(key, patch, tokensOf(row)), "stored")
    assertHolds(await read(), { access_token: "access 2", expires_at: held })
    assert.equal((await writer.find(key))?.expires_at, held)
  }),

  accountCase("tokens of 20 kB are stored and compared whole", async ({ writer, key, row, read }) => {
    const long = { access_token: `${"a".repeat(20_000)}1`, refresh_token: `${"r".repeat(20_000)}1` }
    assert.equal(await writer.update(key, long, tokensOf(row)), "stored")
    assertHolds(await read(), long)
    const other = { ...long, refresh_token: `${"r".repeat(20_000)}2` }
    assert.equal(await writer.update(key, { id_token: "id 2" }, other), "conflict")
    assert.equal(await writer.update(key, { id_token: "id 2" }, long), "stored")
  }),

  accountCase("a token is a value, whatever is in it", async ({ writer, key, row, read }) => {
    const hostile = {
      access_token: `a'b"c\\d$1?:x; DROP TABLE account; -- é 🔑 \n%`,
      refresh_token: `' OR '1' = '1`,
    }
    assert.equal(await writer.update(key, hostile, tokensOf(row)), "stored")
    assertHolds(await read(), hostile)
    const injected = { access_token: row.access_token, refresh_token: `' OR '1' = '1` }
    assert.equal(await writer.update(key, tokensOf(row), injected), "conflict")
    assert.equal(await writer.update(key, tokensOf(row), hostile), "stored")
  }),
]
