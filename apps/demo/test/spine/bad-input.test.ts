/** Malformed, oversized and forged requests: a 4xx with a JSON error, or signed out cleanly; nothing thrown. */
import { expect, it } from "vitest"
import type { Browser } from "../browser.ts"
import { describeDemo } from "./scene.ts"

const sessionCookie = "authjs.session-token"

await describeDemo("bad input", { stores: ["sqlite"] }, (scene, strategy) => {
  it.each(["/api/onboarding", "/api/auth/evergrant/patch"])(
    "%s refuses it with a JSON error",
    async (path) => {
      const { signedIn } = scene()
      const browser = await signedIn()
      const post = async (body: string, headers: Record<string, string> = {}) => {
        const given = {
          origin: browser.app,
          "x-evergrant": "1",
          "content-type": "application/json",
          ...headers,
        }
        const answer = await browser.request(path, { method: "POST", headers: given, body })
        return { status: answer.status, body: (await answer.json()) as { error?: string } }
      }
      const cases = [
        [await post('{"theme":"dark"}', { "content-type": "text/plain" }), 415],
        [await post("theme=dark", { "content-type": "application/x-www-form-urlencoded" }), 415],
        [await post(JSON.stringify({ theme: "x".repeat(70_000) })), 413],
        [await post("{not json"), 400],
        [await post("[1]"), 400],
        [await post('{"__proto__":{"theme":"dark"}}'), 400],
        [await post('{"theme":"dark"}', { origin: "https://evil.example" }), 403],
        [await post('{"theme":"dark"}', { "x-evergrant": "0" }), 403],
      ] as const
      for (const [answer, status] of cases) {
        expect(answer).toMatchObject({ status, body: { error: expect.any(String) } })
      }
      expect((await browser.getJson("/api/me")).body.data).toEqual({ step: "START", theme: "light" })
    },
  )

  it("signs out cleanly where the cookie is altered, unknown or nonsense", async () => {
    const { signedIn, browser, demos } = scene()
    const alice = await signedIn()
    const cookie = alice.jar.get(alice.app, sessionCookie) ?? ""
    const altered = `${cookie.slice(0, -4)}AAAA`
    for (const value of [altered, "nonsense", "a.b.c.d.e", "%00", "x".repeat(4000)]) {
      const one: Browser = browser()
      one.jar.store(one.app, [`${sessionCookie}=${value}; Path=/`])
      expect(await one.getJson("/api/me")).toMatchObject({
        status: 401,
        // In a cookie there is something to decode, a row is there or not.
        body: { error: "signed_out", reason: strategy === "jwt" ? "unreadable_session" : "unknown_session" },
      })
      expect((await one.open("/")).status).toBe(200)
      expect(await (await one.request("/api/auth/session")).json()).toBeNull()
    }
    expect((await alice.getJson("/api/me")).status).toBe(200)
    expect(demos[0]?.output()).not.toMatch(/TypeError|Unhandled|at .*\.js:\d+/)
  })
})
