/** The row as the source, where others refresh too: what is live stays, what hangs is given up. */
import { describe, expect, it } from "vitest"
import { createTable } from "./scene/account-table.ts"
import { createScene } from "./scene/scene.ts"

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
})
