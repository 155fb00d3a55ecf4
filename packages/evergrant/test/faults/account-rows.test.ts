/** The account row and the session row over crashes: what could not be done is done by whoever comes next. */
import { describe, expect, it } from "vitest"
import { sqliteAccounts } from "../../src/accounts/sqlite.ts"
import { forgetProcessWide } from "../../src/process-wide.ts"
import type { StoreDriver } from "../../src/store/grant-store.ts"
import { createSealer } from "../../src/store/seal.ts"
import { memoryStore } from "../../src/stores/memory.ts"
import { describeEachStore } from "../stores/each-store.ts"
import { createTable } from "./scene/account-table.ts"
import { landing, type Scene, secret } from "./scene/scene.ts"
import { invalidGrant } from "./scene/scripted-provider.ts"
import { until, type WatchedClock } from "./scene/watched-clock.ts"

/** What another process knows: nothing of this one's timers and looks. */
function enterAnotherProcess(scene: Scene): void {
  for (const key of ["flights", "pauses", `outbox ${scene.namespace} ${scene.storeName}`])
    forgetProcessWide(key)
}

const never = () => new Promise<never>(() => {})

/**
 * Lets the time pass until the next look at the outbox has been taken, which sets the timer of the one after it. To
 * open what it finds takes a moment of real time, in which the clock must stand still.
 */
async function nextLook(clock: WatchedClock): Promise<number> {
  await until(() => clock.waiting().length > 0)
  const [delay = 0] = clock.waiting()
  await clock.advance(delay)
  await until(() => clock.waiting().length > 0)
  return delay
}

describeEachStore("rows over crashes", ({ createScene }) => {
  describe("the account row", () => {
    it("a process that dies between the rotation and its row leaves the note, and another one writes the row", async () => {
      const { table, row, database } = createTable()
      let alive = true
      const scene = await createScene({ accounts: table })
      const { clock, provider, signIn, again } = scene
      const handle = await signIn()
      expect(row().refresh_token).toBe("refresh-1")
      await clock.advance(301)
      const scheduler = {
        after: (delay: number, task: () => void) => clock.scheduler.after(delay, () => alive && task()),
      }
      const dead = again({ surroundings: { clock, scheduler, fetch: provider.fetch } })
      // From here on this process gets nowhere with the table.
      Object.assign(table.writer, { find: never })
      const token = dead.getAccessToken(handle)
      const { accessToken } = await clock.runUntilDone(token)
      expect(row().refresh_token).toBe("refresh-1")

      alive = false
      enterAnotherProcess(scene)
      const { table: healthy } = { table: { ...table, writer: { ...sqliteAccounts(database), table: "" } } }
      const other = again({ accounts: healthy })
      await clock.advance(91)
      await other.ping()
      await until(() => row().access_token === accessToken)
      expect(row().refresh_token).not.toBe("refresh-1")
      const left = await (await scene.store()).claimOutbox(10, 1)
      expect(left).toEqual([])
    })

    it("another process finds what the dead one held once it is due, also if nobody asks it any more", async () => {
      const { table, row, database } = createTable()
      let alive = true
      const scene = await createScene({ accounts: table })
      const { clock, provider, signIn, again } = scene
      const handle = await signIn()
      await clock.advance(301)
      const scheduler = {
        after: (delay: number, task: () => void) => clock.scheduler.after(delay, () => alive && task()),
      }
      const dead = again({ surroundings: { clock, scheduler, fetch: provider.fetch } })
      Object.assign(table.writer, { find: never })
      const { accessToken } = await clock.runUntilDone(dead.getAccessToken(handle))
      // What it had set its timers for comes to nothing.
      alive = false
      await clock.advance(61)

      enterAnotherProcess(scene)
      const healthy = { ...table, writer: { ...sqliteAccounts(database), table: "" } }
      await again({ accounts: healthy }).ping()
      expect(row().refresh_token).toBe("refresh-1")
      while (row().access_token !== accessToken) await nextLook(clock)
    })

    it("the note of an attempt that failed is not the note of the next one", async () => {
      const { table, row } = createTable()
      const scene = await createScene({ accounts: table })
      const { evergrant, clock, provider, replaced, signIn, again } = scene
      const handle = await signIn()
      await clock.advance(301)
      provider.once("token", () => new Response("", { status: 500 }))
      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })
      await clock.advance(80)
      let answer = () => {}
      provider.once("token", async (request) => {
        await new Promise<void>((resolve) => {
          answer = resolve
        })
        return provider.usual(request)
      })
      const { commitRefresh } = await scene.store()
      let dead = false
      replaced.commitRefresh = async (...rotation) => {
        await commitRefresh(...rotation)
        dead = true
        return never()
      }
      evergrant.getAccessToken(handle).catch(() => {})
      await until(() => provider.requests("token").length === 2)
      // Meanwhile the first attempt's note falls due, and another process does what it says.
      await clock.advance(11)
      enterAnotherProcess(scene)
      const other = again({})
      await other.ping()
      // Done, or still to come: nothing that is due is left.
      await until(async () => (await (await scene.store()).claimOutbox(10, 0)).length === 0)
      answer()
      await until(() => dead)
      await until(async () => {
        await clock.advance(1)
        await other.ping()
        return row().refresh_token !== "refresh-1"
      })
    })

    it("a table that fails is asked again by a timer, less and less often, until it works", async () => {
      const { table, row } = createTable()
      const scene = await createScene({ accounts: table })
      const { evergrant, clock, signIn, told } = scene
      const handle = await signIn()
      await clock.advance(301)
      const { find } = table.writer
      let asked = 0
      Object.assign(table.writer, {
        find: async () => {
          asked += 1
          throw new Error("The database is down; its parameters were refresh-1.")
        },
      })
      const { accessToken } = await evergrant.getAccessToken(handle)
      await until(() => told("work.postponed").length === 1)
      const pauses: number[] = []
      for (let attempt = 0; attempt < 8; attempt += 1) {
        const before = asked
        let seconds = 0
        while (asked === before) seconds += await nextLook(clock)
        pauses.push(seconds)
      }
      expect(pauses.slice(0, 3).every((pause) => pause <= 8)).toBe(true)
      expect(Math.max(...pauses)).toBeGreaterThan(30)
      expect(Math.max(...pauses)).toBeLessThanOrEqual(125)
      expect(JSON.stringify(scene.events)).not.toContain("refresh-1")
      expect(row().access_token).not.toBe(accessToken)

      Object.assign(table.writer, { find })
      await until(async () => {
        await clock.advance(1)
        return row().access_token === accessToken
      })
    })

    it("a table that hangs during a refresh is asked again by a timer, also if nobody comes by any more", async () => {
      const { table, row } = createTable()
      const { evergrant, clock, signIn } = await createScene({ accounts: table })
      const handle = await signIn()
      const start = clock.now()
      await evergrant.ping()
      // The looks that follow a start are over.
      while (clock.now() < start + 301) await clock.advance(1)
      expect(clock.waiting()).toEqual([])
      const { find } = table.writer
      Object.assign(table.writer, { find: never })
      const { accessToken } = await clock.runUntilDone(evergrant.getAccessToken(handle))
      expect(row().access_token).not.toBe(accessToken)
      Object.assign(table.writer, { find })
      await until(async () => {
        await clock.advance(1)
        return row().access_token === accessToken
      })
    })

    it("a table that hangs from the start on delays a request once, and is looked at once", async () => {
      let looks = 0
      const check = () => {
        looks += 1
        return never()
      }
      const { table } = createTable({ check, client: {} })
      const { evergrant, clock } = await createScene({ accounts: table })
      await clock.runUntilDone(evergrant.readSession("nobody"))
      const before = clock.now()
      for (let request = 0; request < 20; request += 1) await evergrant.readSession("nobody")
      expect(clock.now()).toBe(before)
      expect(looks).toBe(1)
    })

    it("nothing looks at the outbox after the end: a closed store stays closed", async () => {
      const { table } = createTable()
      let opened = 0
      const behind = memoryStore({ name: crypto.randomUUID() })
      const { again, clock } = await createScene()
      const store: StoreDriver = {
        kind: "counted",
        location: crypto.randomUUID(),
        open: (options) => {
          opened += 1
          return behind.open(options)
        },
      }
      const evergrant = again({ accounts: table, store })
      await evergrant.ping()
      await until(() => clock.waiting().length > 0)
      await evergrant.close()
      await clock.advance(300)
      expect(opened).toBe(1)
      expect(clock.waiting()).toEqual([])
    })

    it("a sign-out whose row cannot be emptied is out at once, and the row is emptied later", async () => {
      const { table, row } = createTable()
      const scene = await createScene({ accounts: table })
      const { evergrant, clock, signIn } = scene
      const handle = await signIn()
      const { find } = table.writer
      Object.assign(table.writer, { find: async () => Promise.reject(new Error("down")) })
      const { providers } = await evergrant.signOut(handle, landing)
      expect(providers).toMatchObject([{ provider: "oidc" }])
      expect((await evergrant.readSession(handle)).status).toBe("signed_out")
      expect(row().refresh_token).toBe("refresh-1")
      Object.assign(table.writer, { find })
      await clock.advance(31)
      await until(() => row().refresh_token === null)
    })

    it("a process that dies as it learns that the provider has ended the login leaves neither row behind", async () => {
      const { table, row } = createTable()
      const removed: string[] = []
      const removeSession = async (token: string) => {
        removed.push(token)
      }
      const scene = await createScene({ accounts: table, removeSession })
      const { evergrant, clock, provider, replaced, signIn, again } = scene
      const handle = await signIn({ handle: "eg_session-token", sessionRow: true })
      await clock.advance(301)
      provider.once("token", () => invalidGrant())
      const { endGrant } = await scene.store()
      let dead = false
      replaced.endGrant = async (end) => {
        await endGrant(end)
        dead = true
        return never()
      }
      evergrant.getAccessToken(handle).catch(() => {})
      await until(() => dead)
      expect([row().refresh_token, removed]).toEqual(["refresh-1", []])

      delete replaced.endGrant
      enterAnotherProcess(scene)
      await clock.advance(31)
      await again({}).ping()
      await until(() => row().refresh_token === null && removed.length > 0)
      expect(removed).toEqual(["eg_session-token"])
    })

    it("a row that somebody unlinked is not made again", async () => {
      const { table, database } = createTable()
      const { evergrant, clock, signIn, told } = await createScene({ accounts: table })
      const handle = await signIn()
      database.exec("DELETE FROM account")
      await clock.advance(301)
      await evergrant.getAccessToken(handle)
      expect(database.prepare("SELECT count(*) AS rows FROM account").get()).toEqual({ rows: 0 })
      expect(told("work.postponed")).toEqual([])
    })
  })

  describe("the outbox", () => {
    it("keeps what a newer version has noted, for the one that knows what to do", async () => {
      const { table } = createTable()
      const scene = await createScene({ accounts: table })
      const { evergrant, clock, told } = scene
      const store = await scene.store()
      const sealer = createSealer([secret], scene.namespace, (length) =>
        crypto.getRandomValues(new Uint8Array(length)),
      )
      const sealedPayload = await sealer.seal("outbox", ["newer"], { kind: "provider.end_session" })
      const now = clock.now()
      await store.enqueue({
        id: "newer",
        kind: "provider.end_session",
        sealedPayload,
        dueAt: now,
        expiresAt: now + 9999,
        attempts: 0,
      })
      await evergrant.ping()
      await until(() => told("work.postponed").length === 1)
      await clock.advance(4000)
      // This version looks again each minute and puts it off; as it ends, the other one comes.
      scene.replaced.close = async () => {}
      await clock.runUntilDone(evergrant.close())
      await clock.advance(61)
      expect((await store.claimOutbox(10, 1)).map((entry) => entry.id)).toEqual(["newer"])
    })
  })

  describe("the session row", () => {
    it("of a login that the provider ended is removed later, if it cannot be removed at once", async () => {
      const removed: string[] = []
      let isDown = true
      const { evergrant, clock, provider, signIn, told } = await createScene({
        removeSession: async (sessionToken) => {
          if (isDown) throw new Error("down")
          removed.push(sessionToken)
        },
      })
      const handle = await signIn({ handle: "eg_session-token", sessionRow: true })
      await clock.advance(301)
      provider.once("token", () => Response.json({ error: "invalid_grant" }, { status: 400 }))
      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "signed_out" })
      expect(told("work.postponed")).toEqual([{ type: "work.postponed", kind: "session.remove" }])
      isDown = false
      await clock.advance(5)
      await until(() => removed.length > 0)
      expect(removed).toEqual(["eg_session-token"])
    })
  })
})
