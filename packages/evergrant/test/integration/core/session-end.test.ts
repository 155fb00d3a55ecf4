import { expect, it } from "vitest"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { appUrl, createTestApplication, eventually } from "./signed-in.ts"

describeEachProvider("the life of a login", appUrl, (provider) => {
  it("ends when the provider's session reaches its longest life, however often it was refreshed", async () => {
    await provider().setLifetimes({ accessToken: 60, ssoIdle: 300, ssoMax: 6 })
    const app = createTestApplication(provider())
    const { handle } = await app.signIn()
    const first = await app.evergrant.readSession(handle, { refresh: false })
    const end = first.status === "session" ? (first.view.grants[0]?.sessionExpiresAt ?? 0) : 0
    expect(end).toBeGreaterThan(Date.now() / 1000)
    await app.evergrant.refreshSession(handle)
    await provider().resetCounters()

    const reading = await eventually(
      () => app.evergrant.readSession(handle),
      ({ status }) => status === "signed_out",
    )

    expect(reading).toMatchObject({ reason: expect.stringMatching(/^provider_session_(expired|ended)$/) })
    expect(Date.now() / 1000).toBeLessThan(end + 60)
    // Short tokens near the end must not be refreshed on every request.
    const { succeeded, refused } = await provider().refreshes()
    expect(succeeded + refused).toBeLessThanOrEqual(5)
    await provider().setLifetimes({ accessToken: 300, ssoIdle: 1800, ssoMax: 36_000 })
  })

  it("ends when the provider's session was idle for too long, without asking the provider", async () => {
    await provider().setLifetimes({ accessToken: 2, ssoIdle: 4, ssoMax: 36_000 })
    const app = createTestApplication(provider())
    const { handle } = await app.signIn()
    await provider().resetCounters()
    const reading = await eventually(
      () => app.evergrant.readSession(handle, { refresh: false }),
      ({ status }) => status === "signed_out",
    )
    expect(reading).toEqual({ status: "signed_out", reason: "provider_session_expired" })
    expect(await provider().refreshes()).toEqual({ succeeded: 0, refused: 0 })
    await provider().setLifetimes({ accessToken: 300, ssoIdle: 1800, ssoMax: 36_000 })
  })

  it("goes on as long as it is used, because a refresh keeps the provider's session from idling", async () => {
    await provider().setLifetimes({ accessToken: 2, ssoIdle: 6, ssoMax: 36_000 })
    const app = createTestApplication(provider())
    const { handle } = await app.signIn()
    const first = await app.evergrant.readSession(handle, { refresh: false })
    const firstEnd = first.status === "session" ? (first.view.grants[0]?.sessionExpiresAt ?? 0) : 0
    await eventually(
      () => app.evergrant.readSession(handle),
      () => Date.now() / 1000 > firstEnd + 2,
    )
    expect((await app.evergrant.readSession(handle)).status).toBe("session")
    await provider().setLifetimes({ accessToken: 300, ssoIdle: 1800, ssoMax: 36_000 })
  })
})
