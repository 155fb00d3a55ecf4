/** Interleavings that a single process on a quiet machine hardly ever produces, forced by hand. */
import { describe, expect, it, vi } from "vitest"
import { createRefreshTokens } from "../../src/testing/provider/refresh-tokens.ts"
import { createSettings, type Rotation } from "../../src/testing/provider/settings.ts"
import { createSsoSessions } from "../../src/testing/provider/sso-sessions.ts"

const grantId = "grant-1"

async function spendingTwiceAtOnce(rotation: Rotation) {
  const killGrant = vi.fn<(grantId: string) => void>()
  const { adapter } = createRefreshTokens(createSettings({ rotation }), killGrant)
  await adapter.upsert("token", { grantId, exp: Date.now() / 1000 + 60 })
  const read = await Promise.all([adapter.find("token"), adapter.find("token")])
  expect(read.map((payload) => payload?.consumed)).toEqual([undefined, undefined])
  await adapter.consume("token")
  return { adapter, killGrant, second: adapter.consume("token") }
}

describe("two requests that both read the refresh token as unspent", () => {
  it("are not both served in strict mode, and the grant dies", async () => {
    const { adapter, killGrant, second } = await spendingTwiceAtOnce("strict")
    await expect(second).rejects.toMatchObject({ error: "invalid_grant" })
    expect(killGrant).toHaveBeenCalledExactlyOnceWith(grantId)
    expect(await adapter.find("token")).toBeUndefined()
  })

  it("are both served within the reuse window", async () => {
    const { killGrant, second } = await spendingTwiceAtOnce({ kind: "reuse-window", seconds: 60 })
    await expect(second).resolves.toBeUndefined()
    expect(killGrant).not.toHaveBeenCalled()
  })
})

describe("a browser request that is still running when its session ends", () => {
  it("does not bring the session back", () => {
    const sessions = createSsoSessions(createSettings({}))
    const sighting = { sid: "s-1", sub: "u-1", clientIds: ["app"] }
    sessions.observe(sighting)
    expect(sessions.end("s-1")).toMatchObject(sighting)
    sessions.observe(sighting)
    expect(sessions.isAlive("s-1")).toBe(false)
    expect(sessions.list()).toEqual([])
  })
})
