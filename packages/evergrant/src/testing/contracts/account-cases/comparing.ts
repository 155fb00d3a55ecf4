import assert from "node:assert/strict"
import { type AccountWriterCase, accountCase, assertHolds, sampleRow, tokensOf } from "../account-case.ts"

const patch = { access_token: "access 2", refresh_token: "refresh 2", expires_at: 1_900_000_000 }

export const comparing: readonly AccountWriterCase[] = [
  accountCase("update stores the patch when the row holds the expected tokens", async (world) => {
    const { writer, key, row, read } = world
    assert.equal(await writer.update(key, patch, tokensOf(row)), "stored")
    assertHolds(await read(), { ...row, ...patch })
    assert.equal((await writer.find(key))?.access_token, "access 2")
  }),

  accountCase("update answers conflict and changes nothing when a token is another", async (world) => {
    const { writer, key, row, read } = world
    const wrong = ["refresh 0", "", null].map((refresh_token) => ({ ...tokensOf(row), refresh_token }))
    const wrongToo = ["access 0", "", null].map((access_token) => ({ ...tokensOf(row), access_token }))
    for (const expected of [...wrong, ...wrongToo]) {
      assert.equal(await writer.update(key, patch, expected), "conflict")
    }
    assertHolds(await read(), row)
  }),

  accountCase("update answers missing for a row that is not there, and makes none", async (world) => {
    const { writer, table, key, row, read } = world
    for (const other of [
      { ...key, provider: "another" },
      { ...key, providerAccountId: `${key.providerAccountId} ` },
    ]) {
      assert.equal(await writer.update(other, patch, tokensOf(row)), "missing")
      assert.equal(await writer.update(other, {}, tokensOf(row)), "missing")
      assert.equal(await table.read(other), undefined)
    }
    assertHolds(await read(), row)
  }),

  accountCase(
    "an empty column is expected as null, and as nothing else",
    async ({ writer, key, row, read }) => {
      assert.equal(await writer.update(key, patch, { access_token: "", refresh_token: null }), "conflict")
      assert.equal(await writer.update(key, patch, { access_token: null, refresh_token: "" }), "conflict")
      assertHolds(await read(), row)
      assert.equal(await writer.update(key, patch, { access_token: null, refresh_token: null }), "stored")
      assertHolds(await read(), { ...row, ...patch })
    },
    { access_token: null, refresh_token: null },
  ),

  accountCase(
    "one empty column does not spare the comparison of the other",
    async ({ writer, key, row, read }) => {
      const wrong = { access_token: "access 0", refresh_token: null }
      assert.equal(await writer.update(key, patch, wrong), "conflict")
      assertHolds(await read(), row)
      assert.equal(await writer.update(key, patch, tokensOf(row)), "stored")
    },
    { refresh_token: null },
  ),

  accountCase("an empty patch compares and changes nothing", async ({ writer, key, row, read }) => {
    assert.equal(await writer.update(key, {}, tokensOf(row)), "stored")
    assert.equal(await writer.update(key, {}, { ...tokensOf(row), access_token: null }), "conflict")
    assertHolds(await read(), row)
  }),

  accountCase("other rows stay as they are", async ({ writer, table, key, row }) => {
    const others = [
      sampleRow({ ...key, provider: "another" }),
      sampleRow({ providerAccountId: key.providerAccountId.toUpperCase() }),
    ]
    for (const other of others) await table.insert(other)
    assert.equal(await writer.update(key, patch, tokensOf(row)), "stored")
    for (const other of others) assertHolds((await table.read(other)) ?? {}, other)
  }),

  accountCase("of twenty updates at once with one expectation exactly one is stored", async (world) => {
    const { table, key, row, read } = world
    const writers = [await table.open(), await table.open()]
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const tokens = { access_token: `access by ${index}`, refresh_token: `refresh by ${index}` }
        const outcome = writers[index % 2]?.update(key, tokens, tokensOf(row))
        return outcome?.then((answer) => ({ answer, tokens }))
      }),
    )
    const stored = outcomes.filter((outcome) => outcome?.answer === "stored")
    assert.equal(stored.length, 1)
    assert.equal(outcomes.filter((outcome) => outcome?.answer === "conflict").length, 19)
    assertHolds(await read(), { ...row, ...stored[0]?.tokens })
  }),

  accountCase("what one writer stored, another finds and compares with", async (world) => {
    const { writer, table, key, row } = world
    const other = await table.open()
    assert.equal(await writer.update(key, patch, tokensOf(row)), "stored")
    assert.equal((await other.find(key))?.refresh_token, "refresh 2")
    assert.equal(await other.update(key, { refresh_token: "refresh 3" }, tokensOf(row)), "conflict")
    assert.equal(await other.update(key, { refresh_token: "refresh 3" }, patch), "stored")
  }),
]
