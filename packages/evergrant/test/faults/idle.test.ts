/** Row B24: nobody is refreshed who does nothing. The provider's idle limit stays what it is. */
import { expect, it } from "vitest"
import { describeEachStore } from "../stores/each-store.ts"

describeEachStore("a user who is idle", ({ createScene }) => {
  it("B24 is not kept signed in at the provider by us: no request is made while nobody asks", async () => {
    const { evergrant, clock, provider, signIn, told } = await createScene()
    const handle = await signIn()
    await evergrant.getAccessToken(handle)
    const asked = provider.requests("token").length

    // Half an hour, in steps in which every timer that is set would run.
    for (let minute = 0; minute < 31; minute += 1) await clock.advance(60)

    expect(provider.requests("token")).toHaveLength(asked)
    expect(told("tokens.refreshed")).toEqual([])
    expect(await evergrant.readSession(handle)).toEqual({
      status: "signed_out",
      reason: "provider_session_expired",
    })
    expect(provider.requests("token")).toHaveLength(asked)
  })

  it("B24 has one refresh ahead for one use, and none after it", async () => {
    const { evergrant, clock, signIn, spent } = await createScene()
    const handle = await signIn()
    await clock.advance(280)
    await evergrant.getAccessToken(handle)
    await evergrant.close()
    expect(spent()).toHaveLength(1)

    for (let minute = 0; minute < 20; minute += 1) await clock.advance(60)

    expect(spent()).toHaveLength(1)
  })

  it("B24 does not live longer by reads that refresh nothing", async () => {
    const { evergrant, clock, signIn, spent, stored } = await createScene()
    const handle = await signIn()
    const { expiresAt } = await stored(handle)

    for (let read = 0; read < 10; read += 1) {
      await clock.advance(20)
      expect((await evergrant.readSession(handle)).status).toBe("session")
    }

    expect((await stored(handle)).expiresAt).toBe(expiresAt)
    expect(spent()).toEqual([])
  })
})
