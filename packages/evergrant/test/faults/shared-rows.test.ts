/** The row as the source, where others refresh too: what is live stays, what hangs is given up. */
import { describe, expect, it } from "vitest"
import { describeEachStore } from "../stores/each-store.ts"
import { createTable, type Table } from "./scene/account-table.ts"
import { landing, type Scene } from "./scene/scene.ts"
import { invalidGrant } from "./scene/scripted-provider.ts"
import { until } from "./scene/watched-clock.ts"

describeEachStore("shared rows", ({ createScene }) => {
  const never = () => new Promise<never>(() => {})

  async function twoLogins() {
    const { table, row, database } = createTable()
    const scene = await createScene({ accounts: { ...table, source: "row" } })
    const phone = await scene.signIn()
    const laptop = await scene.signIn({ account: await scene.provider.tokens() })
    return { scene, table, row, database, phone, laptop }
  }

  /** Another service refreshes what the row holds; it writes the row when it is told to. */
  async function refreshElsewhere({ clock, provider }: Scene, database: Table["database"]) {
    const { refresh_token } = database.prepare("SELECT refresh_token FROM account").get() as {
      refresh_token: string
    }
    const answer = await provider.fetch(`${provider.issuer}/token`, {
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token }),
    })
    const tokens = (await answer.json()) as Record<"access_token" | "refresh_token" | "id_token", string>
    return {
      accessToken: tokens.access_token,
      write: () =>
        database
          .prepare("UPDATE account SET access_token = ?, refresh_token = ?, id_token = ?, expires_at = ?")
          .run(tokens.access_token, tokens.refresh_token, tokens.id_token, Math.floor(clock.now()) + 300),
    }
  }

  describe("the row as the source", () => {
    it("an idle login outlives the end that its own copy knew, while another one keeps the grant alive", async () => {
      const { scene, phone, laptop } = await twoLogins()
      const { evergrant, clock } = scene
      for (let minutes = 0; minutes < 40; minutes += 4) {
        await clock.advance(240)
        await evergrant.getAccessToken(laptop, { force: true })
      }
      expect((await evergrant.readSession(phone)).status).toBe("session")
      const { accessToken } = await evergrant.getAccessToken(phone)
      expect(accessToken).toBe((await evergrant.getAccessToken(laptop)).accessToken)
      expect(scene.told("session.ended")).toEqual([])
    })

    it("a refusal because another service came first is no end: its tokens are taken over", async () => {
      const { scene, database, laptop } = await twoLogins()
      const { evergrant, clock, provider } = scene
      await clock.advance(301)
      let theirs = ""
      provider.once("token", async () => {
        const { accessToken, write } = await refreshElsewhere(scene, database)
        theirs = accessToken
        write()
        return invalidGrant()
      })
      const { accessToken } = await evergrant.getAccessToken(laptop)
      expect(accessToken).toBe(theirs)
      expect(scene.told("session.ended")).toEqual([])
      // Theirs, and our own that was refused.
      expect(provider.requests("token")).toHaveLength(2)
    })

    it("also a refusal because another service is about to write what it received", async () => {
      const { scene, database, laptop } = await twoLogins()
      const { evergrant, clock, provider } = scene
      await clock.advance(301)
      let theirs = ""
      provider.once("token", async () => {
        const { accessToken, write } = await refreshElsewhere(scene, database)
        theirs = accessToken
        clock.scheduler.after(0.5, write)
        return invalidGrant()
      })
      const { accessToken } = await clock.runUntilDone(evergrant.getAccessToken(laptop))
      expect(accessToken).toBe(theirs)
      expect(scene.told("session.ended")).toEqual([])
    })

    it("a refusal that the row does not explain ends the login", async () => {
      const { scene, laptop } = await twoLogins()
      const { evergrant, clock, provider } = scene
      await clock.advance(301)
      provider.once("token", () => invalidGrant())
      const token = clock.runUntilDone(evergrant.getAccessToken(laptop))
      await expect(token).rejects.toMatchObject({ reason: "provider_session_ended" })
      expect(provider.requests("token")).toHaveLength(1)
    })

    it("a process whose clock is ahead does not hide a newer token behind a spent one", async () => {
      const { scene, table, row, phone, laptop } = await twoLogins()
      const { clock, provider, evergrant } = scene
      const ahead = { ...clock, now: () => clock.now() + 5 }
      const other = scene.again({
        accounts: { ...table, source: "row" },
        surroundings: { clock: ahead, scheduler: clock.scheduler, fetch: provider.fetch },
      })
      await clock.advance(10)
      await other.getAccessToken(laptop, { force: true })
      const { accessToken } = await evergrant.getAccessToken(phone, { force: true })
      expect(row().access_token).toBe(accessToken)
      await other.getAccessToken(laptop, { force: true })
      expect(scene.told("session.ended")).toEqual([])
    })

    it("a table that hangs keeps nobody from signing out", async () => {
      const { scene, table, laptop } = await twoLogins()
      const { evergrant, clock } = scene
      const { find } = table.writer
      Object.assign(table.writer, { find: never })
      let result: Awaited<ReturnType<typeof evergrant.signOut>> | undefined
      evergrant.signOut(laptop, landing).then((done) => {
        result = done
      })
      // Twice it is waited for the table: before the end, and for its row after it.
      for (const patience of [2, 2]) {
        await until(() => clock.waiting().includes(patience))
        await clock.advance(patience)
      }
      await until(() => result !== undefined)
      Object.assign(table.writer, { find })
      expect(result).toMatchObject({ providers: [{ status: "shared" }] })
      expect((await evergrant.readSession(laptop)).status).toBe("signed_out")
    })

    it("a read of the row that never returns blocks no later refresh", async () => {
      const { scene, table, laptop } = await twoLogins()
      const { evergrant, clock } = scene
      await clock.advance(301)
      const { find } = table.writer
      Object.assign(table.writer, { find: never })
      const refused = clock.runUntilDone(evergrant.getAccessToken(laptop))
      await expect(refused).rejects.toMatchObject({ code: "provider_unavailable" })
      Object.assign(table.writer, { find })
      await clock.advance(10)
      const token = evergrant.getAccessToken(laptop)
      expect((await clock.runUntilDone(token)).accessToken).not.toBe("")
      expect(scene.spent()).toHaveLength(1)
    })
  })
})
