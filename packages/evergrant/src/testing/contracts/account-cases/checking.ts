import assert from "node:assert/strict"
import { isEvergrantError } from "../../../errors.ts"
import { type AccountWriterCase, accountCase } from "../account-case.ts"

export const checking: readonly AccountWriterCase[] = [
  accountCase("check passes for a table that has the columns", async ({ writer, subject }) => {
    await writer.check()
    await (await subject.narrow.open()).check()
  }),

  accountCase("check names the column that is missing", async ({ subject }) => {
    const error = await Promise.resolve()
      .then(async () => (await subject.openLacking()).check())
      .then(
        () => undefined,
        (reason: unknown) => reason,
      )
    assert.ok(isEvergrantError(error), "nothing was refused")
    assert.equal(error.code, "option_invalid")
    assert.match(error.message, /expires_at/)
    assert.doesNotMatch(error.message, /access_token|\n/)
  }),

  accountCase("kind and table are short names without a secret", async ({ writer }) => {
    assert.match(writer.kind, /^[a-z0-9-]+$/)
    assert.ok(writer.table.length > 0)
    assert.doesNotMatch(writer.table, /password|:\/\//)
  }),
]
