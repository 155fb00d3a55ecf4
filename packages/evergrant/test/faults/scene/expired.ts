/** A user whose access token has run out, and what must be true of a fault that passes. */
import { expect } from "vitest"
import type { Scene } from "./scene.ts"

/** Seconds after a sign-in at which its access token is over. */
export const afterExpiry = 301

/** No pause between two tries is longer, unless the provider asked for it. */
const longestPause = 9

export type ExpiredScene = Scene & { handle: string }

/** Signs in, and lets the access token run out. */
export async function expire(scene: Scene): Promise<ExpiredScene> {
  const handle = await scene.signIn()
  await scene.clock.advance(afterExpiry)
  return { ...scene, handle }
}

/** Nobody is signed out, nothing was overwritten, and the next try after a pause succeeds. */
export async function expectRecovery({ evergrant, clock, grant, told, handle }: ExpiredScene): Promise<void> {
  expect((await grant(handle)).generation).toBe(1)
  expect((await evergrant.readSession(handle)).status).toBe("session")
  expect(told("session.ended")).toEqual([])
  await clock.advance(longestPause)
  expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
  expect((await grant(handle)).generation).toBe(2)
}
