/** What must be true of an answer of the token endpoint that is no token response, and of one that is. */
import { inspect } from "node:util"
import { expect, onTestFinished, vi } from "vitest"
import { isEvergrantError } from "../../../src/errors.ts"
import type { StoredGrant } from "../../../src/store/records.ts"
import type { ExpiredScene } from "./expired.ts"
import type { Answer } from "./scripted-provider.ts"

/** Occurs in the tokens of a bad answer, so that it can be looked for in what is told. */
export const canary = "canary-token"

/** Longer than any provider may have us wait. */
const longestWait = 3601

/** Everything that may not be told: the tokens held, the client's secret, the tokens of the bad answer. */
const secrets = [canary, "refresh-1", "client-secret", "eyJ"]

/** Hears what goes to the console and what nobody has caught, until the test is over. */
export function listenForNoise(): unknown[] {
  const heard: unknown[] = []
  const hear = (...values: unknown[]) => {
    heard.push(...values)
  }
  for (const method of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, method).mockImplementation(hear)
  process.on("unhandledRejection", hear)
  process.on("warning", hear)
  onTestFinished(() => {
    vi.restoreAllMocks()
    process.off("unhandledRejection", hear)
    process.off("warning", hear)
  })
  return heard
}

/** A note that the token may have been spent is all that a bad answer may leave behind. */
const withoutNote = ({ intent: _, ...grant }: StoredGrant) => grant

/** The answer is refused: nothing is overwritten or told, and the grant can be refreshed afterwards. */
export async function expectRefused(scene: ExpiredScene, answer: Answer, noise: unknown[]): Promise<void> {
  const { evergrant, clock, provider, stored, grant, events, spent, handle } = scene
  provider.tolerateReuse = true
  const before = await stored(handle)
  const asked = spent().length
  const generation = (await grant(handle)).generation
  const seen = events.length
  provider.once("token", answer)

  const error: unknown = await evergrant.getAccessToken(handle).then(
    (token) => expect.unreachable(`It was taken for ${inspect(token)}.`),
    (reason: unknown) => reason,
  )

  expect(isEvergrantError(error) && error.code).toBe("provider_unavailable")
  const after = await stored(handle)
  expect({ ...after, grants: after.grants.map(withoutNote) }).toEqual({
    ...before,
    grants: before.grants.map(withoutNote),
  })
  expect(spent()).toHaveLength(asked + 1)
  const told = events.slice(seen).map(({ type }) => type)
  expect(told.some((type) => type === "refresh.failed" || type === "provider.misconfigured")).toBe(true)
  const texts = [error, error instanceof Error && error.stack, events.slice(seen), noise]
  for (const text of texts.map((value) => inspect(value, { depth: 20, showHidden: true })))
    for (const secret of secrets) expect(text).not.toContain(secret)

  await clock.advance(longestWait)
  const fresh = await evergrant.getAccessToken(handle)
  expect(fresh.expiresAt).toBeGreaterThan(clock.now())
  expect((await grant(handle)).generation).toBe(generation + 1)
  expect(scene.told("session.ended")).toEqual([])
  expect(noise).toEqual([])
}

/** The answer is taken: its tokens are stored, and nobody is asked a second time. */
export async function expectTaken(
  scene: ExpiredScene,
  body: Record<string, unknown>,
  answer: Answer,
  noise: unknown[],
): Promise<void> {
  const { evergrant, clock, provider, grant, spent, told, handle } = scene
  const { generation } = await grant(handle)
  const asked = spent().length
  provider.once("token", answer)

  const token = await evergrant.getAccessToken(handle)

  expect(token.accessToken).toBe(body.access_token)
  expect(token.expiresAt).toBeGreaterThanOrEqual(clock.now())
  expect(token.expiresAt).toBeLessThanOrEqual(clock.now() + 30 * 24 * 3600)
  expect((await grant(handle)).generation).toBe(generation + 1)
  expect(spent()).toHaveLength(asked + 1)
  expect(told("session.ended")).toEqual([])
  expect(noise).toEqual([])
}
