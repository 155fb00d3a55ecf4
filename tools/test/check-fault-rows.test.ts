import { describe, expect, it } from "vitest"
import { storeKinds } from "../../packages/evergrant/test/stores/store-kinds.ts"
import { checkFaultRows, exemptRows, rows, toTable } from "../check-fault-rows.ts"
import { readFaultTests, rowsOf } from "../reading/fault-tests.ts"
import { makeTree, runCheck } from "./fixture-tree.ts"

const stores = ["memory", "sqlite", "cookie"]
const read = (text: string): string[] =>
  readFaultTests("a.test.ts", text, stores).map(({ row, stores: on }) => `${row} ${on.join("+")}`.trim())

const file = "packages/evergrant/test/faults/all.test.ts"
const needed = rows.filter((row) => !exemptRows[row])
const allRows = needed.map((row) => `it("${row} holds", () => {})`).join("\n")

describe("the rows of a title", () => {
  it.each([
    ["A9 recovers", ["A9"]],
    ["A9 A10 tells them apart", ["A9", "A10"]],
    ["A9, A10: tells them apart", ["A9", "A10"]],
    ["A row like A9", []],
    ["a server like B2", []],
    ["A9", ["A9"]],
    ["A99x", []],
  ])("%s", (title, expected) => {
    expect(rowsOf(title)).toEqual(expected)
  })
})

describe("the tests of a file", () => {
  it("are found in every way of writing one", () => {
    expect(
      read(`
        it("A1 one", () => {})
        test('A2 two', () => {})
        it.each([1, 2])("A3 three %i", () => {})
        it.each<[string, number]>([])("A4 four", () => {})
        it.for([1])("A5 five", () => {})
        it.each\`a\`("A6 six", () => {})
        it.concurrent(\`A7 seven \${x}\`, () => {})
        it.skipIf(absent)("A8 where it can run", () => {})
        describe("A9 a group", () => { it("shows it", () => {}); it("A10 and more", () => {}) })
        expect("B1 nothing").toBe(it)
        // it("B2 in a comment", () => {})
      `),
    ).toEqual(["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A9", "A10"])
  })

  it("do not count where they do not run, or are expected to fail", () => {
    expect(
      read(`
        it.skip("A1 one", () => {})
        it.todo("A2 two")
        it.fails("A3 three", () => {})
        it.skip.each([1])("A4 four", () => {})
        describe.skip("A5 five", () => { it("A6 six", () => {}) })
        describe("A7 an empty group", () => {})
      `),
    ).toEqual([])
  })

  it("name their stores", () => {
    expect(
      read(`
        describeEachStore("everywhere", (on) => {
          it("A1 one", () => {})
          it("A2 two [memory]", () => {})
        })
        describeEachStore("elsewhere", { without: { cookie: "needs a store", "memory": "one process" } }, (on) => {
          describe("a group", () => { it("A3 three", () => {}) })
        })
        describe("processes [sqlite, memory]", () => { it("A4 four", () => {}) })
        it("A5 five", () => {})
      `),
    ).toEqual(["A1 memory+sqlite+cookie", "A2 memory", "A3 sqlite", "A4 sqlite+memory", "A5"])
  })
})

describe("stores that are left out", () => {
  it("are written out where the suite is declared, or nobody could tell", () => {
    expect(() => read('describeEachStore("x", { without: those }, () => {})')).toThrow("written out")
  })
})

describe("a workspace", () => {
  it("shows every row that is not exempt", () => {
    expect(checkFaultRows(makeTree({ [file]: allRows })).offences).toEqual([])
    const without = allRows.replace('"B7 holds"', '"holds"')
    expect(checkFaultRows(makeTree({ [file]: without })).offences).toEqual(["B7: no test shows this row"])
  })

  it("may show a row in the tests of an application", () => {
    const without = allRows.replace('"B7 holds"', '"holds"')
    const tree = { [file]: without, "apps/demo/test/spine/a.test.ts": 'it("B7 holds", () => {})' }
    expect(checkFaultRows(makeTree(tree)).offences).toEqual([])
  })

  it("knows neither rows that the catalogue has not, nor stores that nobody wrote", () => {
    const wrong = `${allRows}\nit("B25 holds", () => {})\nit("C26 D9 A1 hold [etcd]", () => {})`
    const line = needed.length + 1
    expect(checkFaultRows(makeTree({ [file]: wrong })).offences).toEqual([
      `${file}:${line}: B25 is no row of the catalogue`,
      ...["C26", "D9", "A1"].map(() => `${file}:${line + 1}: etcd is no store`),
    ])
  })

  it("is told as a table", () => {
    const text = `${allRows}\ndescribeEachStore("s", { without: { cookie: "why" } }, () => { it("A1 x", () => {}) })`
    const table = toTable(checkFaultRows(makeTree({ [file]: text })))
    expect(table[0]?.trim().split(/\s+/)).toEqual(["row", ...storeKinds, "unstated"])
    const cells = storeKinds.map((kind) => (kind === "cookie" ? "-" : "1"))
    expect(table[1]?.trim().split(/\s+/)).toEqual(["A1", ...cells, "1"])
    expect(table.find((line) => line.startsWith("A16"))).toContain(`exempt: ${exemptRows.A16}`)
  })
})

describe("the command", () => {
  it("ends with 1 for a row without a test and with 0 without one", () => {
    expect(runCheck("check-fault-rows", makeTree({ [file]: allRows })).status).toBe(0)
    const { status, lines } = runCheck("check-fault-rows", makeTree({ [file]: "" }))
    expect(status).toBe(1)
    expect(lines).toContain("A1: no test shows this row")
  })
})
