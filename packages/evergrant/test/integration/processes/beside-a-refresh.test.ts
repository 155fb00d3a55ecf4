/** Rows A23, A24: what other processes do while one refreshes, and a sign-in that reaches two of them. */
import { expect, it } from "vitest"
import { hashSecret } from "../../../src/tokens/token-hash.ts"
import { describeEachStore } from "../../processes/each-store.ts"

/** Seconds: longer than an ended login is remembered. */
const afterTombstones = 32 * 24 * 3600

describeEachStore("beside a refresh", (scene) => {
  it("A23 leaves a login alone that is refreshed while another process sweeps", async () => {
    const { start, signIn, grant } = scene()
    const [refreshing, sweeping] = await Promise.all([start(), start()])
    const { account } = await signIn({ expired: true })
    const handle = await refreshing.signIn(account)

    const pending = await refreshing.refreshUpTo("before persist", "wait", { handle })
    await sweeping.ask("sweep", null)
    await refreshing.ask("proceed", null)

    expect(await pending.outcomes).toEqual([expect.objectContaining({ token: expect.any(String) })])
    await sweeping.ask("sweep", null)
    expect((await grant(handle)).generation).toBe(2)
  })

  it.each([
    ["and is remembered", 0],
    ["and is forgotten", afterTombstones],
  ])("A23 does not bring back a login that ended during its refresh %s", async (_when, ahead) => {
    const { start, signIn, store, provider } = scene()
    const [refreshing, sweeping] = await Promise.all([start(), start()])
    const { account } = await signIn({ expired: true })
    const handle = await refreshing.signIn(account, `swept ${ahead}`)
    const before = provider.counters.get().revocations

    const pending = await refreshing.refreshUpTo("before persist", "wait", { handle })
    await sweeping.ask("signOut", { handle })
    await sweeping.ask("setClock", { ahead })
    await sweeping.ask("sweep", null)
    await refreshing.ask("proceed", null)

    expect(await pending.outcomes).toEqual([{ signedOut: ahead === 0 ? "signed_out" : "unknown_session" }])
    expect(await store.listLogins({ user: `swept ${ahead}` })).toEqual([])
    expect(await store.readLogin(await hashSecret(handle))).not.toMatchObject({ status: "live" })
    await expect.poll(() => provider.counters.get().revocations, { timeout: 20_000 }).toBe(before + 1)
  })

  it("A24 makes one login of an older session that two processes take over at once", async () => {
    const { startSeveral, signIn, store } = scene()
    const processes = await startSeveral(2)
    const user = { id: "taken over" }
    const { account } = await signIn()

    const started = await Promise.all(
      processes.map((one) => one.ask("signIn", { user, account, handle: "handle of an older session" })),
    )

    expect(new Set(started.map(({ handle }) => handle))).toEqual(new Set(["handle of an older session"]))
    const logins = await store.listLogins({ user: user.id })
    expect(logins.map(({ grants }) => grants.length)).toEqual([1])
  })

  it("A24 links an account once when two processes finish the linking at once", async () => {
    const { startSeveral, signIn, store } = scene()
    const processes = await startSeveral(2)
    const user = { id: "linking" }
    const handle = (await processes[0]?.signIn((await signIn()).account, user.id)) ?? ""
    const { account } = await signIn()

    const started = await Promise.all(
      processes.map((one) =>
        one.ask("signIn", {
          user,
          account: { ...account, provider: "oidc2" },
          previous: { handle, link: true },
        }),
      ),
    )

    expect(started.map((one) => one.handle)).not.toContain(handle)
    const logins = await store.listLogins({ user: user.id })
    expect(logins).toHaveLength(1)
    expect(logins[0]?.grants.filter(({ provider }) => provider === "oidc2")).toHaveLength(1)
  })

  it("A24 gives each of two sign-ins a handle of its own and ends the login that the browser had", async () => {
    const { startSeveral, signIn, store } = scene()
    const processes = await startSeveral(2)
    const user = { id: "signing in twice" }
    const handle = (await processes[0]?.signIn((await signIn()).account, user.id)) ?? ""

    const started = await Promise.all(
      processes.map(async (one) =>
        one.ask("signIn", { user, account: (await signIn()).account, previous: { handle, link: false } }),
      ),
    )

    expect(new Set([handle, ...started.map((one) => one.handle)]).size).toBe(3)
    expect(await processes[1]?.ask("look", { handle })).toEqual({ signedOut: "replaced" })
    const logins = await store.listLogins({ user: user.id })
    expect(logins.map(({ grants }) => grants.length)).toEqual([1, 1])
  })
})
