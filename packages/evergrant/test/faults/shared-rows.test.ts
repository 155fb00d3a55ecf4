/** The row as the source, where others refresh too: what is live stays, what hangs is given up. */
import { describe, expect, it } from "vitest"
import { createTable } from "./scene/account-table.ts"
import { createScene, landing } from "./scene/scene.ts"
import { until } from "./scene/watched-clock.ts"

const never = () => new Promise<never>(() => {})

async function twoLogins() {
  const { table, row, database } = createTable()
  const scene = await createScene({ accounts: { ...table, source: "row" } })
  const phone = await scene.signIn()
  const laptop = await scene.signIn({ account: await scene.provider.tokens() })
  return { scene, table, row, database, phone, laptop }
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
