import { describe, expect, it } from "vitest"
import { readReturnPath } from "../../../../src/authjs/silent/return-path.ts"

const origin = "https://app.example"
const read = (given: string) => readReturnPath(given, origin, "/api/auth")

describe("where a silent sign-in comes back to", () => {
  it.each([
    ["/", "/"],
    ["/orders?page=2&sort=a%20b", "/orders?page=2&sort=a%20b"],
    ["/orders#part", "/orders"],
    ["/a/../b", "/b"],
    ["/bücher", "/b%C3%BCcher"],
    ["/redirect?to=https://evil.example", "/redirect?to=https://evil.example"],
    ["/@evil.example", "/@evil.example"],
    ["/api/authors", "/api/authors"],
  ])("takes %s", (given, path) => expect(read(given)).toBe(path))

  it.each([
    "",
    "orders",
    "https://evil.example/",
    "https://app.example/orders",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "/%2e%2e//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/a b",
    "/a\r\nSet-Cookie: x=y",
    "/a\u0000b",
    "/a\u007fb",
    "/a\u0085b",
    "/a\\b",
    "javascript:alert(1)",
    "data:text/html,x",
    "@evil.example",
    "?to=/",
    "#part",
    "/api/auth",
    "/api/auth/signin",
    "/api/auth/evergrant/silent?returnTo=/",
    "/x/../api/auth/signout",
    "/api/%61uth/signin",
    "/api%2Fauth/signin",
    "/api//auth/signin",
    `/${"a".repeat(1024)}`,
    `/${"ü".repeat(300)}`,
  ])("refuses %j", (given) => expect(read(given)).toBeUndefined())

  it("never leads to another origin, whatever it takes", () => {
    const parts = [
      "/",
      "\\",
      "..",
      ".",
      "//",
      "@",
      ":",
      "evil.example",
      "%2f",
      "%5c",
      "\t",
      "?",
      "#",
      "api",
      "auth",
    ]
    for (const a of parts)
      for (const b of parts)
        for (const c of parts)
          for (const d of parts) {
            const path = read(`/${a}${b}${c}${d}`)
            if (path === undefined) continue
            expect(new URL(path, origin).origin).toBe(origin)
            expect(path).not.toMatch(/^\/[\\/]/)
          }
  })
})
