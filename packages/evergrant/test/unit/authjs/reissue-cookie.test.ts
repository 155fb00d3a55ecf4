import type { AuthConfig } from "@auth/core"
import { encode, type JWT } from "@auth/core/jwt"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { reissueSessionCookie } from "../../../src/authjs/reissue-cookie.ts"
import { cookieSettings, readSessionCookie, referenceToken } from "../../../src/authjs/session-cookie.ts"

const secret = "correct-horse-battery-staple-0123456789"
const config: AuthConfig = { providers: [], secret }
const settings = cookieSettings(config, true)
const { name } = settings

describe("reissueSessionCookie", () => {
  it("issues a small reference that reads back, without the old life and id", async () => {
    const old = { ...referenceToken("user-1", "handle"), iat: 1, exp: 2, jti: "id", name: "Alice" }
    const cookies = await reissueSessionCookie(config, settings, old, ["theme", name])

    expect(cookies.map((cookie) => cookie.name)).toEqual([name])
    const [cookie] = cookies
    expect(cookie?.value.length).toBeLessThan(600)
    expect(cookie?.options).toMatchObject({ httpOnly: true, sameSite: "lax", path: "/", secure: true })
    const token = await readSessionCookie(config, settings, `${name}=${cookie?.value}`)
    expect(token).toMatchObject({ sub: "user-1", evergrant: "handle", name: "Alice" })
    expect(token?.jti).not.toBe("id")
  })

  it("removes the chunks that a larger cookie has left, and nothing of others", async () => {
    const names = [`${name}.0`, `${name}.1`, "a", "authjs.csrf-token"]
    const cookies = await reissueSessionCookie(config, settings, { sub: "u" }, names)

    expect(cookies).toMatchObject([
      { name: `${name}.0`, value: "", options: { maxAge: 0, secure: true } },
      { name: `${name}.1`, value: "", options: { maxAge: 0 } },
      { name, options: { expires: expect.any(Date) } },
    ])
  })

  it("D8 cuts a large token into chunks, and removes the whole one that was there", async () => {
    const cookies = await reissueSessionCookie(config, settings, { sub: "u", padding: "x".repeat(5000) }, [
      name,
    ])

    expect(cookies.map((cookie) => [cookie.name, cookie.value === ""])).toEqual([
      [name, true],
      [`${name}.0`, false],
      [`${name}.1`, false],
    ])
  })

  it("keeps to what the application configured: name, attributes, encoding", async () => {
    const own: AuthConfig = {
      ...config,
      cookies: { sessionToken: { name: "own", options: { domain: "example.com", sameSite: "strict" } } },
      jwt: { encode: async ({ token, salt, maxAge }) => `${token?.sub} ${salt} ${maxAge}` },
      session: { maxAge: 60 },
    }
    const [cookie, ...rest] = await reissueSessionCookie(own, cookieSettings(own, false), { sub: "u" }, [])

    expect(rest).toEqual([])
    expect(cookie).toMatchObject({ name: "own", value: "u own 60" })
    expect(cookie?.options).toMatchObject({ domain: "example.com", sameSite: "strict", secure: false })
  })

  it("clears nothing when the application's own encoding fails", async () => {
    const own: AuthConfig = { ...config, jwt: { encode: () => Promise.reject(new Error("No key.")) } }

    await expect(reissueSessionCookie(own, settings, { sub: "u" }, [name])).rejects.toThrow()
  })

  it("leaves a browser with exactly one session, whatever cookies it had and however large the new one is", async () => {
    const suffixes = fc.uniqueArray(fc.constantFrom("", ".0", ".1", ".2", ".3", ".7", "-other"))
    const sizes = fc.oneof(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 2600, max: 2720 }))
    await fc.assert(
      fc.asyncProperty(suffixes, sizes, async (old, size) => {
        const jar = new Map([["theme", "dark"], ...old.map((suffix) => [name + suffix, "stale"] as const)])
        const token: JWT = { sub: "user-1", padding: "x".repeat(size) }
        for (const { name: key, value } of await reissueSessionCookie(config, settings, token, [
          ...jar.keys(),
        ])) {
          if (value === "") jar.delete(key)
          else jar.set(key, value)
        }
        const header = [...jar].map(([key, value]) => `${key}=${value}`).join("; ")

        expect(await readSessionCookie(config, settings, header)).toMatchObject(token)
        expect(jar.get("theme")).toBe("dark")
        const parts = [...jar.keys()].filter((key) => key.startsWith(name))
        const whole = (await encode({ token, secret, salt: name })).length
        expect(parts).toHaveLength(Math.ceil(whole / 3936))
        for (const part of parts) expect(jar.get(part)?.length).toBeLessThanOrEqual(3936)
      }),
      { numRuns: 60 },
    )
  })
})
