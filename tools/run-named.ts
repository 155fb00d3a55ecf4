/**
 * `npm run bench -- NAME` and `npm run acceptance -- NAME`: runs the program of that name in a folder, as a process
 * of its own, with what follows the name as its arguments. Without a name it lists what there is.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { runToEnd } from "./running/child-process.mjs"

// Not from ensure-install.mjs, which is waiting for this module by now.
const workspace = join(import.meta.dirname, "..")

/** The TypeScript files of a folder, without those in folders below. */
function programsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map(({ name }) => name.slice(0, -".ts".length))
    .sort()
}

async function main([folder = "", name, ...rest]: string[]): Promise<number> {
  const path = join(workspace, folder)
  const names = programsIn(path)
  if (name !== undefined && names.includes(name)) {
    return await runToEnd(process.execPath, [join(path, `${name}.ts`), ...rest], { cwd: workspace })
  }
  if (name !== undefined) console.error(`There is no ${name} in ${folder}.`)
  console.error(`There are: ${names.join(", ")}.`)
  return 1
}

process.exit(await main(process.argv.slice(2)))
