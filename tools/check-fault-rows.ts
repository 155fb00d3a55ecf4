/**
 * Fails for a row of the fault catalogue (A1 to A24: concurrency and crash; B1 to B24: what a provider answers) that
 * no test shows, and prints on which stores each is shown. How a test names its rows and stores: see
 * `reading/fault-tests.ts`. An argument names another workspace.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { storeKinds } from "../packages/evergrant/test/stores/store-kinds.ts"
import { readFaultTests, type ShownRow } from "./reading/fault-tests.ts"
import { filesBelow } from "./reading/source-files.ts"

/** Rows that need no test, and why. */
export const exemptRows: Readonly<Record<string, string>> = {
  A16: "no store reads from replicas",
  B18: "tokens are not bound by DPoP yet",
}

/** Parts of rows that need no test, and why. The row itself does. */
export const exemptParts: Readonly<Record<string, string>> = {
  B3: "the finding of the doctor, which does not exist yet",
}

const rowsTo = (letter: string, last: number): string[] =>
  Array.from({ length: last }, (_, index) => `${letter}${index + 1}`)

/** The rows that must be shown. */
export const rows: readonly string[] = [...rowsTo("A", 24), ...rowsTo("B", 24)]

/** Rows of the other chapters, which tests may name. */
const otherRows: ReadonlySet<string> = new Set([...rowsTo("C", 26), ...rowsTo("D", 9)])

/** What was found in one workspace. */
export interface FaultReport {
  offences: string[]
  /** Tests of each row by store; `none` counts those that name no store. */
  counts: Map<string, Map<string, number>>
}

/** Reads all tests of a workspace. */
export function checkFaultRows(root: string): FaultReport {
  const shown = findTestFiles(root).flatMap((file) =>
    readFaultTests(file, readFileSync(join(root, file), "utf8"), storeKinds).map((one) => ({ file, ...one })),
  )
  const known = new Set([...rows, ...otherRows])
  const offences = shown.flatMap(({ file, line, row, stores }) => [
    ...(known.has(row) ? [] : [`${file}:${line}: ${row} is no row of the catalogue`]),
    ...stores
      .filter((store) => !(storeKinds as readonly string[]).includes(store))
      .map((store) => `${file}:${line}: ${store} is no store`),
  ])
  const counts = new Map(
    rows.map((row) => [row, countByStore(shown.filter((one) => one.row === row))] as const),
  )
  for (const [row, byStore] of counts) {
    if (byStore.size === 0 && !exemptRows[row]) offences.push(`${row}: no test shows this row`)
  }
  return { offences, counts }
}

function findTestFiles(root: string): string[] {
  const isTest = (name: string): boolean => /\.test\.tsx?$/.test(name)
  return [
    ...filesBelow(root, "packages/evergrant/test", isTest),
    ...["apps", "examples"]
      .flatMap((folder) => filesBelow(root, folder, isTest))
      .filter((file) => /^[^/]+\/[^/]+\/test\//.test(file)),
  ]
}

function countByStore(shown: readonly ShownRow[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { stores } of shown) {
    for (const store of stores.length > 0 ? stores : ["none"]) counts.set(store, (counts.get(store) ?? 0) + 1)
  }
  return counts
}

/** The table of rows and stores: how many tests show a row where. */
export function toTable({ counts }: FaultReport): string[] {
  const columns = [...storeKinds, "none"]
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(5) : cell.padStart(9))).join("")
  return [
    line(["row", ...columns.map((column) => (column === "none" ? "unstated" : column))]),
    ...[...counts].map(([row, byStore]) =>
      exemptRows[row] && byStore.size === 0
        ? `${row.padEnd(5)}  exempt: ${exemptRows[row]}`
        : line([row, ...columns.map((column) => String(byStore.get(column) ?? "-"))]),
    ),
    ...Object.entries(exemptParts).map(([row, part]) => `${row.padEnd(5)}  exempt in part: ${part}`),
  ]
}

function main(): void {
  const report = checkFaultRows(process.argv[2] ?? join(import.meta.dirname, ".."))
  for (const line of toTable(report)) console.log(line)
  for (const offence of report.offences) console.log(offence)
  const missing = report.offences.length
  console.log(`${rows.length} rows, ${missing === 0 ? "all shown or exempt" : `${missing} offences`}`)
  if (missing > 0) process.exitCode = 1
}

if (import.meta.main) main()
