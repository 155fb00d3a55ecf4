/**
 * Holds the README's quick start to its promise: it type-checks against the built package as it stands in the README,
 * and it asks for no more than `limit` lines beyond the stock Auth.js + Keycloak quick start.
 */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { linesToWrite, readQuickStart, readStock, type SampleFiles } from "./reading/quick-start.ts"

const limit = 15

/** What the quick start costs. */
export interface Cost {
  lines: string[]
  withinLimit: boolean
}

/** Counts what an adopter writes. */
export function measure(sample: SampleFiles, stock: SampleFiles): Cost {
  const lines = linesToWrite(sample, stock)
  return { lines, withinLimit: lines.length <= limit }
}

/**
 * Writes the sample as an application into `folder`, which must lie inside the workspace so that packages are found,
 * and type-checks it. `given` holds what the reader's application already has. Returns the compiler's complaints.
 */
export function typeCheck(root: string, folder: string, sample: SampleFiles, given?: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  if (given !== undefined && existsSync(given)) cpSync(given, folder, { recursive: true })
  // What of the stock application the sample leaves as it is stays part of the application.
  const stock = readStock(readFileSync(join(import.meta.dirname, "quick-start/stock.ts.txt"), "utf8"))
  for (const [name, text] of [...stock, ...sample]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(compilerSettings, null, 2))
  const tsc = join(root, "node_modules/.bin/tsc")
  const { status, stdout, stderr } = spawnSync(tsc, ["-p", folder, "--pretty", "false"], { encoding: "utf8" })
  return status === 0 ? "" : `${stdout}${stderr}` || `tsc ended with ${status}`
}

/** As `create-next-app` writes them, and stricter where that costs nothing. */
const compilerSettings = {
  compilerOptions: {
    target: "ES2022",
    lib: ["dom", "dom.iterable", "esnext"],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: "esnext",
    moduleResolution: "bundler",
    isolatedModules: true,
    jsx: "preserve",
    types: ["node"],
    paths: { "@/*": ["./*"] },
  },
  include: ["**/*.ts", "**/*.tsx"],
}

/** Prints the figure; throws with what is wrong. */
function main(): void {
  const root = join(import.meta.dirname, "..")
  const readme = join(root, "README.md")
  if (!existsSync(readme)) throw new Error("there is no README.md")
  if (!existsSync(join(root, "packages/evergrant/dist/index.js"))) {
    throw new Error("the package is not built: npm run build -w packages/evergrant")
  }
  const sample = readQuickStart(readFileSync(readme, "utf8"))
  const stock = readStock(readFileSync(join(import.meta.dirname, "quick-start/stock.ts.txt"), "utf8"))
  const { lines, withinLimit } = measure(sample, stock)
  console.log(`${lines.length} lines beyond the stock quick start, the limit is ${limit}`)
  if (!withinLimit) throw new Error(lines.join("\n"))
  const given = join(import.meta.dirname, "quick-start/given")
  const complaints = typeCheck(root, join(root, ".cache/quick-start"), sample, given)
  if (complaints !== "") throw new Error(complaints)
}

if (import.meta.main) {
  try {
    main()
  } catch (error) {
    console.log(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
