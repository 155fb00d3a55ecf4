import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { findOffences } from "../check-layers.ts"
import { readImportGraph } from "../reading/import-graph.ts"
import { makeTree, runCheck } from "./fixture-tree.ts"

const src = "packages/evergrant/src"

/** The offences of a source tree, as `file imports what`. */
function offencesOf(files: Record<string, string>): string[] {
  return findOffences(readImportGraph(makeTree(files))).map((one) => `${one.file} imports ${one.imported}`)
}

const circlesOf = (files: Record<string, string>): string[] =>
  findOffences(readImportGraph(makeTree(files)))
    .filter((one) => one.rule.startsWith("closes a circle"))
    .map((one) => one.rule)

describe("the layers", () => {
  it("lets a layer import the layers below it", () => {
    expect(
      offencesOf({
        "clock.ts": "export const now = 1",
        "tokens/token-set.ts": 'import { now } from "../clock.ts"\nexport const set = now',
        "refresh/decide.ts":
          'import type { set } from "../tokens/token-set.ts"\nexport type Set = typeof set',
      }),
    ).toEqual([])
  })

  it.each([
    ["an import", 'import { decide } from "../refresh/decide.ts"\nexport const x = decide'],
    ["an import of types", 'import type { Plan } from "../refresh/decide.ts"\nexport type X = Plan'],
    ["an inline type", 'export type X = import("../refresh/decide.ts").Plan'],
    ["a re-export", 'export { decide } from "../refresh/decide.ts"'],
    ["a re-export of all", 'export * from "../refresh/decide.ts"'],
    ["a dynamic import", 'export const load = () => import("../refresh/decide.ts")'],
    ["an import for its effect", 'import "../refresh/decide.ts"'],
  ])("catches %s that points upwards", (_, text) => {
    const files = {
      "tokens/x.ts": text,
      "refresh/decide.ts": "export type Plan = 1\nexport const decide = 1",
    }
    expect(offencesOf(files)).toEqual(["tokens/x.ts imports ../refresh/decide.ts"])
  })

  it("ignores what only looks like an import", () => {
    expect(
      offencesOf({ "tokens/x.ts": `// import "../refresh/decide.ts"\nexport const s = 'from "jose"'` }),
    ).toEqual([])
  })

  it("keeps the folders of a layer apart unless the table says otherwise", () => {
    const both = (a: string, b: string) => ({
      [`${a}/a.ts`]: `import { b } from "../${b}/b.ts"\nexport const a = b`,
      [`${b}/b.ts`]: "export const b = 1",
    })
    expect(offencesOf(both("store", "accounts"))).toHaveLength(1)
    expect(offencesOf(both("session", "refresh"))).toEqual([])
  })

  it("lets a store have files of its own and never those of another", () => {
    expect(
      offencesOf({
        "stores/sqlite.ts": 'import { schema } from "./sqlite/schema.ts"\nexport const s = schema',
        "stores/sqlite/schema.ts": 'import { m } from "../memory.ts"\nexport const schema = m',
        "stores/memory.ts": "export const m = 1",
      }),
    ).toEqual(["stores/sqlite/schema.ts imports ../memory.ts"])
  })

  it("lets the two stores in memory share their records, and no other store have them", () => {
    const records = { "stores/memory/tables.ts": "export const t = 1" }
    const user = 'import { t } from "./memory/tables.ts"\nexport const u = t'
    expect(offencesOf({ ...records, "stores/memory.ts": user, "stores/cookie.ts": user })).toEqual([])
    expect(offencesOf({ ...records, "stores/sqlite.ts": user })).toEqual([
      "stores/sqlite.ts imports ./memory/tables.ts",
    ])
  })

  it("refuses packages and modules of Node outside their places", () => {
    expect(
      offencesOf({
        "provider/grant.ts": 'import "oauth4webapi"\nimport "jose"',
        "store/seal.ts": 'import "jose"',
        "store/records.ts": 'import "jose"',
        "tokens/hash.ts": 'import "node:crypto"',
        "authjs/context.ts": 'import "node:async_hooks"\nimport "node:fs"\nimport "@auth/core/jwt"',
        "stores/sqlite.ts": 'export const open = () => import("node:sqlite")',
        "session/read.ts": 'import type { Session } from "next-auth"\nexport type S = Session',
        "session/load.ts": 'export const sqlite = process.getBuiltinModule("node:sqlite")',
      }),
    ).toEqual([
      "authjs/context.ts imports node:fs",
      "session/load.ts imports node:sqlite",
      "session/read.ts imports next-auth",
      "store/records.ts imports jose",
      "tokens/hash.ts imports node:crypto",
    ])
  })

  it("lets nothing import testing, and the browser import nothing but wire", () => {
    expect(
      offencesOf({
        "testing/index.ts": 'import { c } from "../clock.ts"\nexport const t = c',
        "clock.ts": "export const c = 1",
        "wire/header.ts": "export const h = 1",
        "next/index.ts": 'import { t } from "../testing/index.ts"\nexport const n = t',
        "react/index.ts":
          'import { c } from "../clock.ts"\nimport { h } from "../wire/header.ts"\nexport const r = [c, h]',
      }),
    ).toEqual(["next/index.ts imports ../testing/index.ts", "react/index.ts imports ../clock.ts"])
  })

  it("catches what it cannot place, find or read", () => {
    expect(
      offencesOf({
        "novelty/a.ts": "export const a = 1",
        "tokens/gone.ts": 'import "./nowhere.ts"',
        "tokens/out.ts": 'import "../../test/x.ts"',
        "tokens/hidden.ts": "export const load = (name: string) => import(name)",
      }),
    ).toEqual([
      "novelty/a.ts imports -",
      "tokens/gone.ts imports ./nowhere.ts",
      "tokens/hidden.ts imports ?",
      "tokens/out.ts imports ../../test/x.ts",
    ])
  })
})

describe("circles", () => {
  it("are found among types alone", () => {
    expect(
      circlesOf({
        "tokens/a.ts": 'import type { B } from "./b.ts"\nexport type A = B | 1',
        "tokens/b.ts": 'import type { A } from "./a.ts"\nexport type B = A | 2',
      }),
    ).toEqual(["closes a circle: tokens/a.ts → tokens/b.ts → tokens/a.ts"])
  })

  it("are found through a re-export and over several files", () => {
    expect(
      circlesOf({
        "refresh/a.ts": 'import { c } from "../session/b.ts"\nexport const a = c',
        "session/b.ts": 'export { c } from "../logout/c.ts"',
        "logout/c.ts": 'import type { a } from "../refresh/a.ts"\nexport const c: typeof a = 1',
      }),
    ).toEqual(["closes a circle: logout/c.ts → refresh/a.ts → session/b.ts → logout/c.ts"])
  })

  it("are all named", () => {
    const pair = (one: string, other: string) => ({
      [`tokens/${one}.ts`]: `import "./${other}.ts"`,
      [`tokens/${other}.ts`]: `import "./${one}.ts"`,
    })
    expect(
      circlesOf({ ...pair("a", "b"), ...pair("c", "d"), "tokens/self.ts": 'import "./self.ts"' }),
    ).toHaveLength(3)
  })

  it("are not seen where two files share a third", () => {
    expect(
      circlesOf({
        "tokens/a.ts": 'import "./c.ts"',
        "tokens/b.ts": 'import "./c.ts"\nimport "./a.ts"',
        "tokens/c.ts": "",
      }),
    ).toEqual([])
  })
})

describe("the command", () => {
  it("ends with 1 and one line for the offence", () => {
    const root = makeTree({
      [join(src, "tokens/x.ts")]: '\nimport type { JWK } from "jose"\nexport type K = JWK',
    })
    const { status, lines } = runCheck("check-layers", root)
    expect(status).toBe(1)
    expect(lines[0]).toBe(`${src}/tokens/x.ts:2  imports jose: pure may import no package from outside`)
    expect(lines).toHaveLength(2)
  })

  it("ends with 0 when there is none, and not when there are no files", () => {
    expect(runCheck("check-layers", makeTree({ [join(src, "clock.ts")]: "export {}" })).status).toBe(0)
    expect(runCheck("check-layers", makeTree({ [join(src, "notes.md")]: "" })).status).toBe(1)
  })
})
