import { describe, expect, it } from "vitest"
import { checkShape, limits } from "../check-shape.ts"
import { makeTree, runCheck } from "./fixture-tree.ts"

const manifest = JSON.stringify({
  exports: {
    ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./package.json": "./package.json",
  },
})
const sound = { "packages/p/package.json": manifest, "packages/p/src/index.ts": "export const one = 1\n" }
const offencesOf = (files: Record<string, string>): string[] =>
  checkShape(makeTree({ ...sound, ...files })).offences
const linesOf = (count: number): string => "export {}\n".repeat(count)

describe("the shape", () => {
  it("is sound", () => {
    expect(offencesOf({})).toEqual([])
  })

  it("limits the length of a file, wherever it is, and looks past what tools have made", () => {
    expect(
      offencesOf({ "tools/long.ts": linesOf(limits.lines), "tools/run.mjs": linesOf(limits.lines) }),
    ).toEqual([])
    expect(
      offencesOf({
        "tools/long.ts": linesOf(limits.lines + 1),
        "packages/p/dist/long.js": linesOf(900),
        "apps/demo/.next/long.js": linesOf(900),
        "apps/demo/node_modules/x/long.js": linesOf(900),
      }),
    ).toEqual(["tools/long.ts: 401 lines, the limit is 400"])
  })

  it("limits the median of the sources", () => {
    const long = { "packages/p/src/a.ts": linesOf(130), "packages/p/src/b.ts": linesOf(130) }
    expect(offencesOf(long)).toEqual(["median of 130 lines, the limit is below 130"])
    expect(checkShape(makeTree({ ...sound, ...long })).figures).toContain("median 130 lines, longest 130")
  })

  it("finds the type any in every spelling and not in prose", () => {
    const text = [
      "// takes any value, as any function would",
      "export const a = (x: any) => x",
      "export const b = a as any",
      'export const c = new Map<string, any>([["as any", 1]])',
    ].join("\n")
    expect(offencesOf({ "packages/p/src/a.ts": text })).toEqual([
      "packages/p/src/a.ts:2: the type any",
      "packages/p/src/a.ts:3: the type any",
      "packages/p/src/a.ts:4: the type any",
    ])
  })

  it("lists suppressions, wants a reason for each, and limits their number", () => {
    const reasoned = "// @ts-expect-error the package has no types\nuntyped()\n"
    const report = checkShape(makeTree({ ...sound, "tools/a.ts": reasoned }))
    expect(report.offences).toEqual([])
    expect(report.figures).toContain("tools/a.ts:1: @ts-expect-error: the package has no types")
    expect(offencesOf({ "tools/a.ts": "// @ts-ignore\nexport const a = 1\n" })).toHaveLength(1)
    expect(
      offencesOf({ "tools/a.ts": "// biome-ignore lint/suspicious/noConsole:\nexport const a = 1\n" }),
    ).toHaveLength(1)
    expect(offencesOf({ "tools/a.tsx": "export const a = <b>{/* @ts-ignore */}</b>\n" })).toHaveLength(1)
    expect(offencesOf({ "tools/a.ts": reasoned.repeat(4) })).toContain("4 suppressions, the limit is 3")
  })

  it("takes an expected error in a test of types for what it is", () => {
    const text = "// @ts-expect-error not a claim\nwrong()\n".repeat(9)
    expect(offencesOf({ "packages/p/test/types/a.test-d.ts": text })).toEqual([])
  })

  it.each([
    "utils.ts",
    "token-helpers.ts",
    "types.d.ts",
    "session-manager.ts",
    "service.test.ts",
    "common/a.ts",
  ])("refuses the name %s", (name) => {
    expect(offencesOf({ [`packages/p/src/${name}`]: "" })).toHaveLength(1)
  })

  it("keeps index.ts for entries", () => {
    expect(offencesOf({ "packages/p/src/store/index.ts": "", "tools/index.ts": "" })).toEqual([
      'packages/p/src/store/index.ts: index.ts is for entries in "exports" only',
      'tools/index.ts: index.ts is for entries in "exports" only',
    ])
  })

  it("wants a source for every entry", () => {
    const promising = manifest.replace('"."', '"./next":{"default":"./dist/next/index.js"},"."')
    expect(offencesOf({ "packages/p/package.json": promising })).toEqual([
      "packages/p: the entry ./next has no src/next/index.ts",
    ])
  })
})

describe("the command", () => {
  it("ends with 1 for an offence and with 0 without one", () => {
    expect(runCheck("check-shape", makeTree(sound)).status).toBe(0)
    const { status, lines } = runCheck("check-shape", makeTree({ ...sound, "tools/utils.ts": "" }))
    expect(status).toBe(1)
    expect(lines[0]).toBe("tools/utils.ts: the name utils says nothing")
  })
})
