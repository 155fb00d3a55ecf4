import type { AuthConfig } from "@auth/core"
import { encode, type JWT } from "@auth/core/jwt"
import { describe, expect, it } from "vitest"
import {
  clearedSessionCookies,
  cookieNames,
  cookieSettings,
  handleOf,
  holdsReference,
  readSessionCookie,
  referenceToken,
  unboundToken,
  withoutSessionCookies,
} from "../../../src/authjs/session-cookie.ts"

const secret = "correct-horse-battery-staple-0123456789"
const config: AuthConfig = { providers: [], secret }
const settings = cookieSettings(config, true)
const { name } = settings

async function write(token: JWT, changes: { secret?: string; salt?: string; maxAge?: number } = {}) {
  return encode({ token, secret, salt: name, maxAge: 3600, ...changes })
}

describe("cookieSettings", () => {
  it("follows the site's protocol, as Auth.js does", () => {
    expect(cookieSettings(config, true)).toEqual({
      name: "__Secure-authjs.session-token",
      secure: true,
      maxAge: 30 * 24 * 3600,
      updateAge: 24 * 3600,
    })
    expect(cookieSettings(config, false)).toMatchObject({ name: "authjs.session-token", secure: false })
  })

  it("follows what the application configured", () => {
    const own: AuthConfig = {
      providers: [],
      useSecureCookies: false,
      session: { maxAge: 60, updateAge: 10 },
      cookies: { sessionToken: { name: "own" } },
    }
    expect(cookieSettings(own, true)).toEqual({ name: "own", secure: false, maxAge: 60, updateAge: 10 })
  })
})

describe("readSessionCookie", () => {
  it("opens the cookie among others", async () => {
    const value = await write(referenceToken("user-1", "handle"))
    const token = await readSessionCookie(config, settings, `theme=dark; ${name}=${value}; a=b`)

    expect(token).toMatchObject({ sub: "user-1", evergrant: "handle" })
  })

  it("opens a cookie in chunks", async () => {
    const value = await write({ sub: "user-1", padding: "x".repeat(5000) })
    const half = Math.ceil(value.length / 2)
    const header = `${name}.1=${value.slice(half)}; ${name}.0=${value.slice(0, half)}`

    expect(await readSessionCookie(config, settings, header)).toMatchObject({ sub: "user-1" })
  })

  it.each<[string, () => Promise<string>]>([
    ["absent", async () => "theme=dark"],
    ["empty", async () => `${name}=`],
    ["nonsense", async () => `${name}=nonsense`],
    ["expired", async () => `${name}=${await write({ sub: "u" }, { maxAge: -60 })}`],
    ["of another secret", async () => `${name}=${await write({ sub: "u" }, { secret: `${secret}!` })}`],
    ["of another salt", async () => `${name}=${await write({ sub: "u" }, { salt: "other" })}`],
    ["altered", async () => `${name}=${(await write({ sub: "u" })).slice(0, -4)}AAAA`],
  ])("reads nothing, and does not throw, when it is %s", async (_name, header) => {
    expect(await readSessionCookie(config, settings, await header())).toBeNull()
  })

  it("opens with a secret that was replaced, while it is still listed", async () => {
    const value = await write({ sub: "user-1" })
    const rotated: AuthConfig = { providers: [], secret: ["another-horse-battery-9876543210-abc", secret] }

    expect(await readSessionCookie(rotated, settings, `${name}=${value}`)).toMatchObject({ sub: "user-1" })
  })

  it("uses the application's own decoding", async () => {
    const own: AuthConfig = { ...config, jwt: { decode: async ({ token }) => ({ sub: `own ${token}` }) } }

    expect(await readSessionCookie(own, settings, `${name}=abc`)).toEqual({ sub: "own abc" })
  })
})

describe("handleOf", () => {
  it.each<[string, JWT, ReturnType<typeof handleOf>]>([
    ["a bound session", { evergrant: "handle", jti: "id" }, { handle: "handle", bound: true }],
    ["a session that was taken over", { evergrant: "stock:id" }, { handle: "stock:id", bound: false }],
    ["a session from before", { jti: "id" }, { handle: "stock:id", bound: false }],
    ["a session without any id", { sub: "user-1" }, undefined],
    ["an empty handle", { evergrant: "" }, undefined],
    ["a handle that is no text", { evergrant: { a: 1 } }, undefined],
  ])("knows %s", (_name, token, handle) => {
    expect(handleOf(token)).toEqual(handle)
  })
})

describe("tokens for a cookie", () => {
  it("holds nothing but the user and the handle", () => {
    expect(referenceToken("user-1", "handle")).toEqual({ sub: "user-1", evergrant: "handle" })
    expect(holdsReference(referenceToken("user-1", "handle"))).toBe(true)
  })

  it("keeps a session from before Evergrant one session, whichever of its cookies comes", () => {
    const before: JWT = { sub: "user-1", jti: "id", name: "Alice" }
    const { handle } = handleOf(before) ?? { handle: "" }
    const kept = unboundToken({ ...before, jti: "another" }, handle)

    expect(holdsReference(before)).toBe(false)
    expect(handleOf(kept)).toEqual({ handle: "stock:id", bound: false })
    expect(kept.name).toBe("Alice")
  })
})

describe("removing the session", () => {
  it("clears every cookie that is a part of it, with the options that it was set with", () => {
    const own: AuthConfig = { ...config, cookies: { sessionToken: { options: { domain: "example.com" } } } }
    const cleared = clearedSessionCookies(own, settings, [name, `${name}.1`, "__Host-authjs.csrf-token"])

    expect(cleared.map((cookie) => [cookie.name, cookie.value])).toEqual([
      [name, ""],
      [`${name}.1`, ""],
    ])
    expect(cleared[0]?.options).toMatchObject({ maxAge: 0, domain: "example.com", path: "/" })
  })

  it("takes it out of a header and leaves the rest in order", () => {
    const header = `a=1; ${name}.0=x; b=2;${name}.1=y; ${name}=z; c=a=b`

    expect(withoutSessionCookies([name], header)).toBe("a=1; b=2; c=a=b")
  })

  it("takes every named session out, the plain and the secure one", () => {
    const header = "authjs.session-token=x; a=1; __Secure-authjs.session-token.0=y"

    expect(withoutSessionCookies(["authjs.session-token", name], header)).toBe("a=1")
  })

  it("leaves a header alone that holds none", () => {
    expect(withoutSessionCookies([name], "a=1; b=2")).toBe("a=1; b=2")
    expect(withoutSessionCookies([name], "")).toBe("")
  })

  it("reads the names of a header", () => {
    expect(cookieNames(`a=1; b=2;${name}=x=y`)).toEqual(["a", "b", name])
  })
})
