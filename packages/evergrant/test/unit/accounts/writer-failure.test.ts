import { inspect } from "node:util"
import { describe, expect, test } from "vitest"
import { toWriterFailure } from "../../../src/accounts/writer-failure.ts"
import { ConfigurationError } from "../../../src/errors.ts"

const what = 'The Drizzle table "account"'
const secrets = ["canary-access-0123456789", "canary-refresh-0123456789", "", "null"]

function coded(message: string, code: string, cause?: Error): Error {
  return Object.assign(new Error(message, cause ? { cause } : undefined), { code })
}

describe("what becomes of a driver's error", () => {
  test.each<[string, Error, string]>([
    [
      "the innermost cause speaks",
      new Error("Failed query: x\nparams: canary-access-0123456789", {
        cause: new Error("server closed the connection"),
      }),
      `${what} cannot be used: server closed the connection.`,
    ],
    [
      "the last line speaks",
      new Error("\nInvalid `prisma` invocation:\n\n\nValue out of range."),
      `${what} cannot be used: Value out of range.`,
    ],
    [
      "a message with a token gives way to the code",
      coded('invalid input: "canary-refresh-0123456789"', "22P02"),
      `${what} cannot be used: 22P02.`,
    ],
    [
      "also with a part of one",
      coded('invalid input: "canary-a..."', "22P02"),
      `${what} cannot be used: 22P02.`,
    ],
    [
      "a message without end gives way to the name",
      new RangeError("x".repeat(500)),
      `${what} cannot be used: RangeError.`,
    ],
    ["a refused connection has no text", coded("", "ECONNREFUSED"), `${what} cannot be used: ECONNREFUSED.`],
  ])("%s", (_, error, message) => {
    const failure = toWriterFailure(error, what, secrets)
    expect(failure).toMatchObject({ code: "accounts_unavailable", remedy: "retry", message })
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain("canary")
  })

  test.each([
    coded('relation "account" does not exist', "42P01"),
    coded('column "scope" does not exist', "42703"),
    coded("\n\nThe table `account` does not exist.", "P2021"),
    new Error("Failed query", { cause: coded("no such column: scope", "SQLITE_ERROR") }),
  ])("a table that is not as described is a matter of configuration (%#)", (error) => {
    const failure = toWriterFailure(error, what, secrets)
    expect(failure).toMatchObject({ code: "option_invalid", remedy: "reconfigure" })
    expect(failure.message).toMatch(/not as the database has it \(.*[^.]\): migrate .*\.$/)
  })

  test("an error of Evergrant's own is passed on", () => {
    const error = new ConfigurationError("option_invalid", "no table")
    expect(toWriterFailure(error, what, secrets)).toBe(error)
  })

  test("what is no error is told as unknown", () => {
    expect(toWriterFailure("canary-access-0123456789", what, []).message).toBe(
      `${what} cannot be used: unknown failure.`,
    )
  })
})
