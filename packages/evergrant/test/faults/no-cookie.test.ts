/**
 * Row A17: a refresh where no cookie can be written (a Server Component, a prefetch, a request whose answer nobody
 * takes). Row A18: nothing is left to be done after the answer.
 */
import { expect, it } from "vitest"
import { describeEachStore } from "../stores/each-store.ts"

describeEachStore("a context that cannot set a cookie", ({ createScene }) => {
  it("A17 keeps what a refresh brought on the server: the unchanged handle leads to it", async () => {
    const { evergrant, clock, signIn, spent, grant } = await createScene()
    const handle = await signIn()

    for (let render = 1; render <= 5; render += 1) {
      await clock.advance(301)
      // The handle is all that there is, and all that there will be: nobody writes anything into a cookie.
      const { accessToken } = await evergrant.getAccessToken(handle)
      const reading = await evergrant.readSession(handle)
      expect(reading.status).toBe("session")
      expect((await evergrant.getAccessToken(handle)).accessToken).toBe(accessToken)
      expect((await grant(handle)).generation).toBe(render + 1)
    }

    expect(spent()).toHaveLength(5)
    expect(new Set(spent()).size).toBe(5)
  })

  it("A17 serves page, proxy and prefetch of one navigation by one refresh, in whatever order they come", async () => {
    const { evergrant, clock, signIn, spent } = await createScene()
    const handle = await signIn()
    await clock.advance(301)

    const inProxy = await evergrant.readSession(handle)
    const [prefetch, page, again] = await Promise.all([
      evergrant.getAccessToken(handle),
      evergrant.getAccessToken(handle),
      evergrant.readSession(handle),
    ])

    expect(page).toEqual(prefetch)
    expect(inProxy.status === "session" && inProxy.view.grants[0]?.generation).toBe(2)
    expect(again.status === "session" && again.view.grants[0]?.generation).toBe(2)
    expect(spent()).toEqual(["refresh-1"])
  })
})
