import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, expect, test, vi } from "vitest"
import { ConfigurationError, isEvergrantError, StoreError } from "../../src/errors.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"
import { type SqliteStoreOptions, sqliteSchema, sqliteStore } from "../../src/stores/sqlite.ts"
import { recordChanges } from "../../src/testing/contracts/change-recorder.ts"
import { readLive } from "../../src/testing/contracts/contract-case.ts"
import { sampleEnd, signIn } from "../../src/testing/contracts/samples.ts"
import { manualClock } from "../../src/testing/manual-clock.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

const clock = manualClock()
let files = 0

function newFile(): string {
  return join(folder.path, `store-${files++}.db`)
}

async function open(file: string, options?: SqliteStoreOptions): Promise<GrantStore> {
  return sqliteStore(file, options).open({ namespace: "one", clock })
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error)) throw new Error("nothing failed")
  return error
}

/** What of the database is read by everybody who gets hold of the file, and by the log of the application. */
async function expectUnavailable(work: Promise<unknown>, file: string): Promise<void> {
  const error = await failureOf(work)
  expect(error).toBeInstanceOf(StoreError)
  expect(isEvergrantError(error) && error.code).toBe("store_unavailable")
  expect(error.message).toContain(file.slice(folder.path.length + 1))
  expect(error.message).not.toContain(folder.path)
}

test("location is the absolute path, and nothing is touched before the store is opened", () => {
  const driver = sqliteStore("some-folder-that-is-not-there/store.db")
  expect(driver.kind).toBe("sqlite")
  expect(driver.location).toBe(join(process.cwd(), "some-folder-that-is-not-there/store.db"))
})

test("a database in memory is refused, and memoryStore is named instead", () => {
  for (const file of [":memory:", "", "file::memory:?cache=shared"]) {
    expect(() => sqliteStore(file)).toThrow(ConfigurationError)
    expect(() => sqliteStore(file)).toThrow(/memoryStore/)
  }
})

test("without node:sqlite the opening names the Node that has it", async () => {
  const missing = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined)
  const error = await failureOf(open(newFile()))
  missing.mockRestore()
  expect(error).toBeInstanceOf(ConfigurationError)
  expect(error.message).toMatch(/Node 22/)
})

test("an opening that failed is tried again by the next", async () => {
  const place = join(folder.path, "later")
  const driver = sqliteStore(join(place, "store.db"))
  const opening = async (): Promise<GrantStore> => driver.open({ namespace: "one", clock })
  const error = await failureOf(opening())
  expect(error).toBeInstanceOf(StoreError)
  expect(error.message).toMatch(/"store\.db".*existing folder/)
  expect(error.message).not.toContain(folder.path)
  mkdirSync(place)
  const store = await opening()
  await store.ping()
  await store.close()
})

test("a folder, and a folder that is a file, are no place for a store", async () => {
  const directory = newFile()
  mkdirSync(directory)
  await expectUnavailable(open(directory), directory)
  const plain = newFile()
  writeFileSync(plain, "")
  const error = await failureOf(open(join(plain, "store.db")))
  expect(error.message).toMatch(/"store\.db" cannot be opened \(ENOTDIR\)/)
})

test("a folder that cannot be written to is named as the cause", async () => {
  const place = newFile()
  mkdirSync(place)
  chmodSync(place, 0o555)
  const error = await asOrdinaryUser(() => failureOf(open(join(place, "store.db"))))
  expect(error.message).toMatch(/"store\.db" cannot be opened \(EACCES\).*writable/)
})

/** The administrator may write everywhere; for this question the process is somebody else. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

test("a file that is no database is refused and left as it is", async () => {
  const file = newFile()
  const text = "this is a letter to grandmother and not a database at all\n".repeat(100)
  writeFileSync(file, text)
  await expectUnavailable(open(file), file)
  expect(readFileSync(file, "utf8")).toBe(text)
})

test("the database of an application is refused and left as it is", async () => {
  const file = newFile()
  const foreign = new DatabaseSync(file)
  foreign.exec("CREATE TABLE users (id INTEGER)")
  const error = await failureOf(open(file))
  expect(error).toBeInstanceOf(ConfigurationError)
  expect(error.message).toMatch(/a file of its own/)
  expect(foreign.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "users" }])
  foreign.close()
})

test("a file of a newer version is refused", async () => {
  const file = newFile()
  const store = await open(file)
  await store.close()
  const database = new DatabaseSync(file)
  database.exec("PRAGMA user_version = 99")
  database.close()
  const error = await failureOf(open(file))
  expect(error).toBeInstanceOf(ConfigurationError)
  expect(error.message).toMatch(/newer Evergrant/)
})

test("a new file is its owner's alone, in WAL mode, with the schema that is exported", async () => {
  const file = newFile()
  const store = await open(file)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const database = new DatabaseSync(file, { readOnly: true })
  expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" })
  const tables = database
    .prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'logins'")
    .get()
  expect(sqliteSchema).toContain(tables?.sql)
  database.close()
  await store.close()
})

test("what is stored is there after a restart", async () => {
  const file = newFile()
  const store = await open(file)
  await signIn({ store, clock })
  const before = await readLive(store, "handle")
  await store.close()
  const again = await open(file)
  expect(await readLive(again, "handle")).toEqual(before)
  await again.close()
})

test("nothing sealed is left of a login that ended", async () => {
  const file = newFile()
  const store = await open(file)
  await signIn(
    { store, clock },
    { login: { sealedLogin: "canary-login" }, grant: { sealedTokens: "canary-tokens" } },
  )
  await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
  const database = new DatabaseSync(file, { readOnly: true })
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  for (const { name } of names) {
    expect(JSON.stringify(database.prepare(`SELECT * FROM ${name}`).all())).not.toContain("canary")
  }
  database.close()
  await store.close()
})

test("an opening waits for another process that is creating the file", async () => {
  const file = newFile()
  const creator = new DatabaseSync(file)
  creator.exec("BEGIN IMMEDIATE")
  await expectUnavailable(open(file, { busyTimeout: 0.02 }), file)
  setImmediate(() => creator.exec("ROLLBACK"))
  const store = await open(file)
  await store.ping()
  creator.close()
  await store.close()
})

test("a file that was removed is unavailable, and serves again when it is put back", async () => {
  const file = newFile()
  const store = await open(file)
  await signIn({ store, clock })
  renameSync(file, `${file}.away`)
  await expectUnavailable(store.readLogin("handle"), file)
  await expectUnavailable(store.writeData("user", 0, "data"), file)
  await expectUnavailable(store.ping(), file)
  expect(existsSync(file)).toBe(false)
  renameSync(`${file}.away`, file)
  await readLive(store, "handle")
  expect(await store.writeData("user", 0, "data")).toBe("stored")
  await store.close()
})

test("a file that took the place of the first is read, heard and written, once nothing of the first is in its way", async () => {
  const [file, other] = [newFile(), newFile()]
  const replacement = await open(other)
  await signIn({ store: replacement, clock }, { login: { loginId: "restored" } })
  await replacement.close()
  const store = await open(file, { pollInterval: 0.01 })
  await store.writeData("user", 0, "first")
  await store.writeData("user", 1, "second")
  const recorder = recordChanges(store)
  renameSync(other, file)
  await expectUnavailable(store.readLogin("handle"), file)
  rmSync(`${file}-wal`)
  rmSync(`${file}-shm`)
  expect((await readLive(store, "handle")).loginId).toBe("restored")
  await store.writeData("user", 0, "third")
  expect(await recorder.hears(2)).toEqual(await store.changesAfter(0, 100))
  const another = await open(file)
  expect((await another.readData("user"))?.sealedData).toBe("third")
  await another.close()
  await store.close()
})

test("two processes meet again in the new file after the first was removed", async () => {
  const file = newFile()
  const store = await open(file)
  await store.writeData("user", 0, "first")
  for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`)
  await expectUnavailable(store.readData("user"), file)
  const other = await open(file)
  expect(await other.writeData("user", 0, "second")).toBe("stored")
  expect((await store.readData("user"))?.sealedData).toBe("second")
  await store.close()
  expect(await other.writeData("user", 1, "third")).toBe("stored")
  await other.close()
})

test("a file that is locked for too long is unavailable, not empty, and serves again afterwards", async () => {
  const file = newFile()
  const store = await open(file, { busyTimeout: 0.02 })
  await signIn({ store, clock })
  const blocker = new DatabaseSync(file)
  blocker.exec("BEGIN IMMEDIATE")
  await expectUnavailable(store.writeData("user", 0, "data"), file)
  await readLive(store, "handle")
  blocker.exec("ROLLBACK")
  expect(await store.writeData("user", 0, "data")).toBe("stored")
  blocker.close()
  await store.close()
})

test("a write that fails half way leaves nothing, and its error tells no value", async () => {
  const file = newFile()
  const store = await open(file)
  await signIn({ store, clock })
  const vandal = new DatabaseSync(file)
  vandal.exec("ALTER TABLE outbox RENAME TO elsewhere")
  const entry = { id: "canary", kind: "k", sealedPayload: "canary", dueAt: 0, expiresAt: 1, attempts: 0 }
  const end = sampleEnd(clock.now(), { loginId: "login" }, { outbox: [entry] })
  const error = await failureOf(store.endLogins(end))
  expect(error).toBeInstanceOf(StoreError)
  expect(error.cause).toBeInstanceOf(Error)
  expect(error.message).not.toContain("canary")
  await readLive(store, "handle")
  vandal.exec("ALTER TABLE elsewhere RENAME TO outbox")
  expect((await store.endLogins(end)).length).toBe(1)
  vandal.close()
  await store.close()
})

test("a listener hears again after the file was away", async () => {
  const file = newFile()
  const store = await open(file, { pollInterval: 0.01 })
  const other = await open(file)
  const recorder = recordChanges(store)
  await other.writeData("user", 0, "1")
  await recorder.hears(1)
  renameSync(file, `${file}.away`)
  await expectUnavailable(other.writeData("user", 1, "2"), file)
  renameSync(`${file}.away`, file)
  await other.writeData("user", 1, "2")
  expect((await recorder.hears(2)).map((change) => change.cursor)).toEqual([1, 2])
  await other.close()
  await store.close()
})
