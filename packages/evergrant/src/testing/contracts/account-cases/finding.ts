import assert from "node:assert/strict"
import { type AccountWriterCase, accountCase, sampleRow } from "../account-case.ts"

export const finding: readonly AccountWriterCase[] = [
  accountCase(
    "find returns the columns of Auth.js as they are, and no other",
    async ({ writer, key, row }) => {
      const { note, ...columns } = row
      assert.deepEqual({ ...(await writer.find(key)) }, columns)
    },
  ),

  accountCase(
    "find returns empty columns as null",
    async ({ writer, key, row }) => {
      const { note, ...columns } = row
      assert.deepEqual({ ...(await writer.find(key)) }, columns)
    },
    {
      access_token: null,
      refresh_token: null,
      id_token: null,
      expires_at: null,
      scope: null,
      session_state: null,
    },
  ),

  accountCase("find returns undefined for a row that is not there", async ({ writer, key }) => {
    assert.equal(await writer.find({ ...key, provider: "another" }), undefined)
    assert.equal(await writer.find({ ...key, providerAccountId: "another" }), undefined)
  }),

  accountCase(
    "find leaves out columns that the table lacks",
    async ({ writer, key }) => {
      const row = await writer.find(key)
      assert.ok(row)
      assert.equal("scope" in row, false)
      assert.equal("session_state" in row, false)
      assert.equal(row.id_token, "id 1")
    },
    {},
    "narrow",
  ),

  accountCase("a key is a value, whatever is in it", async ({ writer, table, key }) => {
    const hostile = `${key.providerAccountId}' OR "a" = 'a'; DROP TABLE account; -- \\ ü 🔑`
    assert.equal(await writer.find({ ...key, providerAccountId: hostile }), undefined)
    await table.insert(sampleRow({ ...key, providerAccountId: hostile, access_token: "of the other" }))
    assert.equal((await writer.find({ ...key, providerAccountId: hostile }))?.access_token, "of the other")
    assert.equal((await writer.find(key))?.access_token, "access 1")
    const outcome = await writer.update(
      { ...key, providerAccountId: hostile },
      { access_token: "access 2" },
      { access_token: "of the other", refresh_token: "refresh 1" },
    )
    assert.equal(outcome, "stored")
    assert.equal((await writer.find(key))?.access_token, "access 1")
  }),
]
