/** Wishes for other tokens than the main one, and what must be true after they were served. */
import { expect } from "vitest"
import { createGate, type Scene } from "./scene.ts"

export const mail = { scope: "email" }
export const profile = { scope: "profile openid" }
export const api = "https://api.example.com/v1"

/** The scopes and APIs that were asked for at the token endpoint, in order. */
export function asked({ provider }: Scene): (string | null)[] {
  return provider
    .requests("token")
    .map(({ form }) => form.get("scope") ?? form.get("resource") ?? form.get("audience"))
}

/** Each refresh token was spent once, and was the successor of the one before. */
export function expectChain(scene: Scene, length: number): void {
  expect(scene.spent()).toHaveLength(length)
  expect(new Set(scene.spent()).size).toBe(length)
  expect(scene.provider.live.size).toBe(1)
  expect(scene.told("session.ended")).toEqual([])
}

/** Holds the next answer of the token endpoint back. */
export function hold({ provider }: Scene): { reached: Promise<void>; answer: () => void } {
  const reached = createGate()
  const answer = createGate()
  provider.once("token", async (request) => {
    reached.open()
    await answer.passed
    return provider.usual(request)
  })
  return { reached: reached.passed, answer: () => answer.open() }
}
