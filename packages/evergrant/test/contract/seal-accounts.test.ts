/** The command as a process, on real databases. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { setImmediate } from "node:timers/promises"
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest"
import type { AccountRow } from "../../src/accounts/account-writer.ts"
import { openColumns, sealColumns } from "../../src/accounts/sealed-columns.ts"
import { createSealer, type Sealer } from "../../src/store/seal.ts"
import { createDatabase, isOnPostgres } from "../databases/create-database.ts"
import type { TestDatabase } from "../databases/test-database.ts"

const program = join(import.meta.dirname, "../../src/cli/main.ts")
const older = "an older secret, made of letters 01"
const newer = "a newer secret, made of letters 002"
const secrets = { AUTH_SECRET: older, AUTH_SECRET_1: newer }

function sealerOf(keys: string[], namespace = "default"): Sealer {
  return createSealer(keys, namespace, (length) => crypto.getRandomValues(new Uint8Array(length)))
}

function start(words: string[], environment: Record<string, string>): ChildProcessWithoutNullStreams {
  // Nothing of the tests' own environment; NODE_ENV is there for the types of Next.
  const env = { NODE_ENV: "test" as const, ...environment }
  return spawn(process.execPath, [program, "seal-accounts", ...words], { env })
}

interface Outcome {
  status: number | null
  lines: string[]
  errors: string
}

async function run(words: string[], environment: Record<string, string> = secrets): Promise<Outcome> {
  const child = start(words, environment)
  const closed = once(child, "close")
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [status] = await closed
  expect(output + errors).not.toMatch(/canary|eg1\./)
  return { status, lines: output.trim().split("\n"), errors: errors.trim() }
}

const postgres = inject("postgres")

describe.each(["sqlite", "pg"] as const)("evergrant seal-accounts (%s)", (kind) => {
  describe.skipIf(isOnPostgres(kind) && !postgres.available)("on a table", () => {
    let database: TestDatabase
    const table = kind === "pg" ? "accounts" : "account"

    beforeAll(async () => {
      database = await createDatabase(kind, postgres.available ? postgres.url : "")
      if (kind === "sqlite") await database.query(`INSERT INTO "user" (id) VALUES ('1')`)
    })
    afterAll(() => database?.close())
    beforeEach(async () => void (await database.query(`DELETE FROM "${table}"`)))

    /** Inserts rows `first` to `last` with planted tokens. */
    async function plant(first: number, last: number): Promise<void> {
      const rows = Array.from({ length: last - first + 1 }, (_, index) => {
        const n = first + index
        const tokens = `'access canary ${n}', 'refresh canary ${n}', 'id canary ${n}'`
        return `('1', 'oidc', 'keycloak', 'user ${n}', ${tokens}, ${1_800_000_000 + n}, 'note ${n}')`
      })
      await database.query(
        `INSERT INTO "${table}" ("userId", type, provider, "providerAccountId",
          access_token, refresh_token, id_token, expires_at, note) VALUES ${rows.join(", ")}`,
      )
    }

    const keyOf = (n: number) => ({ provider: "keycloak", providerAccountId: `user ${n}` })

    async function find(n: number): Promise<AccountRow> {
      const row = await database.writer.find(keyOf(n))
      if (!row) throw new Error(`row ${n} is gone`)
      return row
    }

    async function sealRow(n: number, sealer: Sealer): Promise<void> {
      const row = await find(n)
      const { access_token = null, refresh_token = null } = row
      const patch = await sealColumns(sealer, keyOf(n), row)
      expect(await database.writer.update(row, patch, { access_token, refresh_token })).toBe("stored")
    }

    const command = (...words: string[]): string[] => ["--database", database.address, ...words]

    test("seals what is plain under the newest secret, and a second run finds nothing to do", async () => {
      await plant(1, 450)
      const { status, lines, errors } = await run(command())
      expect([status, lines[0]]).toEqual([0, "sealed: 450"])
      expect(errors.split("\n")).toEqual(["200 of 450 rows", "400 of 450 rows", "450 of 450 rows"])
      expect(await database.dump()).not.toContain("canary")

      const opened = await openColumns(sealerOf([newer]), await find(7))
      expect(opened).toMatchObject({
        access_token: "access canary 7",
        id_token: "id canary 7",
        expires_at: 1_800_000_007,
      })
      expect((await database.accounts())[0]?.note).toMatch(/^note \d+$/)

      const before = await database.dump()
      const again = await run(command())
      expect(again.lines.slice(0, 2)).toEqual(["sealed: 0", "already sealed: 450"])
      expect(await database.dump()).toBe(before)
    })

    test("seals anew what an older secret sealed, wholly or in part", async () => {
      await plant(1, 3)
      await sealRow(1, sealerOf([older]))
      await sealRow(2, sealerOf([newer]))
      await sealRow(3, sealerOf([older]))
      await database.query(
        `UPDATE "${table}" SET id_token = 'id canary, new' WHERE "providerAccountId" = 'user 3'`,
      )
      const { status, lines } = await run(command())
      expect([status, lines[0], lines[1]]).toEqual([0, "sealed: 2", "already sealed: 1"])
      for (const n of [1, 2, 3]) {
        expect(await openColumns(sealerOf([newer]), await find(n))).toMatchObject({
          access_token: `access canary ${n}`,
          id_token: n === 3 ? "id canary, new" : `id canary ${n}`,
        })
      }
    })

    test("a dry run counts the same and writes nothing", async () => {
      await plant(1, 5)
      const before = await database.dump()
      const { status, lines } = await run(command("--dry-run"))
      expect([status, lines[0]]).toEqual([0, "would be sealed: 5"])
      expect(lines.at(-1)).toMatch(/Nothing was written/)
      expect(await database.dump()).toBe(before)
    })

    test("leaves alone what does not open, names it and exits with 1", async () => {
      await plant(1, 3)
      await sealRow(2, sealerOf(["a secret that is nowhere configured"]))
      await database.query(
        `UPDATE "${table}" SET access_token = NULL, refresh_token = NULL, id_token = NULL
          WHERE "providerAccountId" = 'user 3'`,
      )
      const before = await find(2)
      const { status, lines, errors } = await run(command())
      expect(status).toBe(1)
      expect(lines.slice(0, 5)).toEqual([
        "sealed: 1",
        "already sealed: 0",
        "empty: 1",
        "unreadable: 1",
        "changed meanwhile: 0",
      ])
      expect(errors).toContain('unreadable: ["keycloak","user 2"]')
      expect(await find(2)).toEqual(before)
    })

    test("--unseal writes plain tokens again, and another namespace opens nothing", async () => {
      await plant(1, 4)
      const before = await database.dump()
      await run(command("--namespace", "shop"))
      expect((await run(command("--unseal"))).lines[3]).toBe("unreadable: 4")
      const { status, lines } = await run(command("--unseal", "--namespace", "shop"))
      expect([status, lines[0]]).toEqual([0, "unsealed: 4"])
      expect(await database.dump()).toBe(before)
    })

    test.each(["SIGINT", "SIGKILL"] as const)(
      "goes on where %s ended a run",
      async (signal) => {
        await plant(1, 1000)
        // By the order of keys some fifty rows come before this one, which is told of as soon as it is met.
        await sealRow(150, sealerOf(["a secret that is nowhere configured"]))
        const child = start(command(), secrets)
        const closed = once(child, "close")
        const output = text(child.stdout)
        await once(child.stderr, "data")
        child.kill(signal)
        const [status] = await closed
        if (signal === "SIGINT") {
          expect(status).toBe(130)
          expect(await output).toMatch(/Interrupted: run the command again/)
        }
        await database.query(`DELETE FROM "${table}" WHERE "providerAccountId" = 'user 150'`)
        const left = (await database.accounts()).filter((row) => String(row.access_token).includes("canary"))
        expect(left.length).toBeGreaterThan(0)
        expect(left.length).toBeLessThan(999)
        const { lines } = await run(command())
        expect(lines.slice(0, 2)).toEqual([`sealed: ${left.length}`, `already sealed: ${999 - left.length}`])
        expect(await database.dump()).not.toContain("canary")
      },
      60_000,
    )

    test("never undoes what the application writes meanwhile", async () => {
      await plant(1, 300)
      const running = run(command())
      const sealer = sealerOf([newer, older])
      let stored = 0
      let ended = false
      void running.finally(() => {
        ended = true
      })
      // A row late in the order of keys, rewritten until the command is over and has passed it.
      while (!ended) {
        const row = await find(299)
        const opened = await openColumns(sealer, row)
        expect(opened.refresh_token).toBe(stored === 0 ? "refresh canary 299" : `refresh ${stored}`)
        const { access_token = null, refresh_token = null } = row
        const next = { access_token: `access ${stored + 1}`, refresh_token: `refresh ${stored + 1}` }
        const patch = await sealColumns(sealer, keyOf(299), next)
        if ((await database.writer.update(row, patch, { access_token, refresh_token })) === "stored") stored++
        // The loop of a process that does other things too: without it the command would hardly get its turn.
        await setImmediate()
      }
      const { lines } = await running
      expect(lines[3]).toBe("unreadable: 0")
      expect(stored).toBeGreaterThan(0)
      expect((await openColumns(sealer, await find(299))).refresh_token).toBe(`refresh ${stored}`)
    })

    test("a table or a column that is not there is told in one sentence", async () => {
      const missing = await run(command("--table", "linked"))
      expect([missing.status, missing.errors]).toEqual([2, expect.stringMatching(/no table "linked".*\.$/)])
      const other = kind === "pg" ? "users" : "user"
      const lacking = await run(command("--table", other))
      expect([lacking.status, lacking.errors]).toEqual([
        2,
        expect.stringMatching(/lacks the columns provider/),
      ])
      expect(missing.errors + lacking.errors).not.toContain("\n")
    })
  })
})

describe("a wrong call is told in one sentence, with exit status 2", () => {
  test.each<[string, string[], Record<string, string>, RegExp]>([
    ["no database", [], secrets, /--database is missing/],
    ["a database without a value", ["--database"], secrets, /--database/],
    ["an unknown option", ["--database", "x", "--force"], secrets, /Unknown option '--force'/],
    ["a word too many", ["--database", "x", "too-many"], secrets, /Unexpected argument/],
    ["another database", ["--database", "mysql://localhost/app"], secrets, /postgres:\/\/… or the path/],
    ["a broken URL", ["--database", "postgres://a:b:c:d"], secrets, /not a valid URL/],
    ["a file that is not there", ["--database", "no-such-file.db"], secrets, /no file "no-such-file.db"/],
    ["an empty table", ["--database", "x", "--table", ""], secrets, /--table is empty/],
    ["an empty namespace", ["--database", "x", "--namespace="], secrets, /--namespace is empty/],
    ["no secret", ["--database", "x"], {}, /AUTH_SECRET is not set/],
    ["a weak secret", ["--database", "x"], { AUTH_SECRET: "weak", NODE_ENV: "production" }, /too weak/],
  ])("%s", async (_, words, environment, sentence) => {
    const { status, errors, lines } = await run(words, environment)
    expect(status).toBe(2)
    expect(errors).toMatch(sentence)
    expect(errors).not.toContain("\n")
    expect(lines).toEqual([""])
  })

  test("a server that cannot be reached is no wrong call, and its password is not shown", async () => {
    const { status, errors } = await run(["--database", "postgres://user:hidden@127.0.0.1:1/app"])
    expect(status).toBe(1)
    expect(errors).toMatch(/^The PostgreSQL table "accounts" cannot be used: .*\.$/)
    expect(errors).not.toContain("hidden")
  })

  test("a file that is no database is no wrong call either", async () => {
    const { status, errors } = await run(["--database", program])
    expect([status, errors]).toEqual([
      1,
      expect.stringMatching(/^The SQLite table "account" cannot be used: .*\.$/),
    ])
  })

  test("--help says what there is", async () => {
    const { status, lines } = await run(["--help"], {})
    expect(status).toBe(0)
    for (const word of ["--database", "--dry-run", "--unseal", "--namespace", "AUTH_SECRET"]) {
      expect(lines.join("\n")).toContain(word)
    }
  })
})
