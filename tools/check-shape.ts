/**
 * Fails when a file is too long, carries `any`, is named after nothing, or when the package promises an entry that
 * it does not have. Prints the median length, because a limit alone says nothing of how well the code is cut.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { readEntries } from "./reading/package-exports.ts"
import { readSourceCode } from "./reading/source-code.ts"
import { filesBelow, isScript, isTypeScript } from "./reading/source-files.ts"

export const limits = { lines: 400, medianLines: 130, suppressions: 3 }

const emptyWords = ["utils", "helpers", "common", "misc", "types", "interfaces", "manager", "service"]

/** What the check found. */
export interface ShapeReport {
  /** One line for each thing that is wrong. */
  offences: string[]
  /** One line for each figure worth printing. */
  figures: string[]
}

/** Looks at all folders of a workspace that hold code. */
export function checkShape(root: string): ShapeReport {
  const scripts = ["packages", "apps", "examples", "bench", "tools"].flatMap((folder) =>
    filesBelow(root, folder, isScript),
  )
  const packages = foldersIn(root, "packages")
  const contents = checkContents(root, scripts)
  const median = checkMedian(root, packages)
  return {
    offences: [
      ...contents.offences,
      ...median.offences,
      ...scripts.flatMap(checkName),
      ...checkIndexFiles(root, scripts, packages),
      ...packages.flatMap((folder) => checkEntries(root, folder)),
    ],
    figures: [`${scripts.length} files`, ...median.figures, ...contents.figures],
  }
}

function checkContents(root: string, files: string[]): ShapeReport {
  const offences: string[] = []
  const suppressions: string[] = []
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8")
    const lines = countLines(text)
    if (lines > limits.lines) offences.push(`${file}: ${lines} lines, the limit is ${limits.lines}`)
    const code = readSourceCode(file, text)
    for (const line of code.anyLines) offences.push(`${file}:${line}: the type any`)
    for (const { directive, reason, line } of code.suppressions) {
      if (reason === "") offences.push(`${file}:${line}: ${directive} without a reason`)
      if (!isAssertion(file, directive)) suppressions.push(`${file}:${line}: ${directive}: ${reason}`)
    }
  }
  const tooMany = suppressions.length > limits.suppressions
  if (tooMany) offences.push(`${suppressions.length} suppressions, the limit is ${limits.suppressions}`)
  return { offences, figures: [`${suppressions.length} suppressions`, ...suppressions] }
}

/** In a test of types, `@ts-expect-error` is what is asserted and switches nothing off. */
const isAssertion = (file: string, directive: string): boolean =>
  directive === "@ts-expect-error" && /\/test\/types\//.test(file)

function checkMedian(root: string, packages: string[]): ShapeReport {
  const lengths = packages
    .flatMap((folder) => filesBelow(root, `${folder}/src`, isTypeScript))
    .map((file) => countLines(readFileSync(join(root, file), "utf8")))
    .sort((a, b) => a - b)
  const middle = (lengths.length - 1) / 2
  const median = ((lengths[Math.floor(middle)] ?? 0) + (lengths[Math.ceil(middle)] ?? 0)) / 2
  const offences =
    median < limits.medianLines ? [] : [`median of ${median} lines, the limit is below ${limits.medianLines}`]
  if (lengths.length === 0) offences.push("no source file found in packages/*/src")
  return { offences, figures: [`median ${median} lines, longest ${lengths.at(-1) ?? 0}`] }
}

function checkName(file: string): string[] {
  const folders = file.split("/")
  const stem = (folders.pop() ?? "").replace(/(\.(test|test-d|d|config))?\.[cm]?[jt]sx?$/, "")
  const last = stem.split("-").at(-1) ?? stem
  // `test/types` is a kind of test, so folders are held to the rule in sources only.
  const folder = folders.includes("src") && folders.find((one) => emptyWords.includes(one))
  if (folder) return [`${file}: a folder named ${folder} says nothing`]
  return emptyWords.includes(last) ? [`${file}: the name ${last} says nothing`] : []
}

function checkIndexFiles(root: string, files: string[], packages: string[]): string[] {
  const allowed = new Set(
    packages.flatMap((folder) =>
      readEntries(join(root, folder)).flatMap(({ sources }) =>
        sources.map((source) => `${folder}/${source}`),
      ),
    ),
  )
  return files
    .filter((file) => /(^|\/)index\.[cm]?tsx?$/.test(file) && !allowed.has(file))
    .map((file) => `${file}: index.ts is for entries in "exports" only`)
}

function checkEntries(root: string, folder: string): string[] {
  return readEntries(join(root, folder)).flatMap(({ subpath, target, sources }) => {
    const candidates = sources.length > 0 ? sources : [target]
    const exists = candidates.some((source) => existsSync(join(root, folder, source)))
    return exists ? [] : [`${folder}: the entry ${subpath} has no ${candidates[0]}`]
  })
}

function foldersIn(root: string, parent: string): string[] {
  if (!existsSync(join(root, parent))) return []
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, parent, entry.name, "package.json")))
    .map((entry) => `${parent}/${entry.name}`)
    .sort()
}

const countLines = (text: string): number => text.split("\n").length - (text.endsWith("\n") ? 1 : 0)

function main(): void {
  const { offences, figures } = checkShape(process.argv[2] ?? join(import.meta.dirname, ".."))
  for (const offence of new Set(offences)) console.log(offence)
  for (const figure of figures) console.log(`  ${figure}`)
  if (offences.length > 0) process.exitCode = 1
}

if (import.meta.main) main()
