import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type ClaimSource, checkDeclarations, selectClaims } from "../../../src/tokens/claims.ts"

const reserved = ["sub", "iat", "exp", "nbf", "jti", "iss", "aud", "__proto__", "constructor", "prototype"]

/** Declares a path the way an object literal cannot: also `__proto__` as a name of its own. */
function declare(path: string, source: ClaimSource = "id_token"): Record<string, ClaimSource> {
  return Object.fromEntries([[path, source]])
}

describe("checkDeclarations", () => {
  it("accepts names, paths and names with dots, from each source", () => {
    expect(() =>
      checkDeclarations({
        plan: "id_token",
        "realm_access.roles": "access_token",
        "https://example.com/roles": "userinfo",
      }),
    ).not.toThrow()
  })

  it.each(reserved)("refuses %s, alone and as a part of a path, and says what to do", (name) => {
    for (const path of [name, `${name}.x`, `x.${name}`, `x.${name}.y`]) {
      expect(() => checkDeclarations(declare(path))).toThrow(/^claims: .* is reserved\. Remove it\.$/)
    }
  })

  it("refuses an unknown source by naming the known ones", () => {
    const declarations = JSON.parse('{"plan":"cookie"}')
    expect(() => checkDeclarations(declarations)).toThrow(
      'claims: the source of "plan" must be "id_token", "userinfo" or "access_token".',
    )
  })
})

describe("selectClaims", () => {
  const payload = {
    plan: "gold",
    sub: "alice",
    realm_access: { roles: ["editor"] },
    "https://example.com/roles": ["dotted"],
    "realm_access.level": "dotted wins",
    empty: null,
    no: false,
  }

  it.each<[string, unknown]>([
    ["plan", "gold"],
    ["realm_access.roles", ["editor"]],
    ["https://example.com/roles", ["dotted"]],
    ["realm_access.level", "dotted wins"],
    ["empty", null],
    ["no", false],
  ])("takes %s", (path, value) => {
    expect(selectClaims(declare(path), "id_token", payload)).toEqual({ [path]: value })
  })

  it.each(["missing", "plan.length", "realm_access.missing", "realm_access.roles.length.x", "empty.x", ""])(
    "takes nothing for %j",
    (path) => {
      expect(selectClaims(declare(path), "id_token", payload)).toEqual({})
    },
  )

  it("takes only what was declared for this very source", () => {
    const declarations = { plan: "access_token", "realm_access.roles": "userinfo" } as const
    expect(selectClaims(declarations, "id_token", payload)).toEqual({})
    expect(selectClaims(declarations, "access_token", payload)).toEqual({ plan: "gold" })
  })

  it("never takes a reserved claim through declarations that were accepted", () => {
    const name = fc.oneof(fc.constantFrom(...reserved), fc.string({ minLength: 1, maxLength: 5 }))
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."))
    fc.assert(
      fc.property(path, fc.dictionary(name, fc.jsonValue()), (declared, claims) => {
        const declarations = declare(declared)
        try {
          checkDeclarations(declarations)
        } catch {
          return
        }
        for (const taken of Object.keys(selectClaims(declarations, "id_token", claims))) {
          for (const part of taken.split(".")) expect(reserved).not.toContain(part)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it("never reaches what a payload only inherits", () => {
    for (const path of ["toString", "hasOwnProperty", "x.toString", "realm_access.valueOf"]) {
      expect(selectClaims(declare(path), "id_token", payload)).toEqual({})
    }
  })

  it("does not let a hostile payload reach a prototype", () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true},"a":{"__proto__":{"polluted":true}}}')
    const selected = selectClaims({ a: "id_token", polluted: "id_token" }, "id_token", hostile)

    expect(selected).not.toHaveProperty("polluted")
    expect(Object.getPrototypeOf(selected)).toBe(Object.prototype)
    expect({}).not.toHaveProperty("polluted")
  })
})
