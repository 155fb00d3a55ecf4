import { accessSync, constants, statSync } from "node:fs"
import { delimiter, join } from "node:path"

/** The path of an executable file called `name` in one of the folders of `PATH`, if there is one. */
export function findProgram(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  for (const folder of (environment.PATH ?? "").split(delimiter)) {
    const candidate = join(folder, name)
    if (folder && isExecutableFile(candidate)) return candidate
  }
  return undefined
}

/** Tells whether `path` can be run. A folder carries the same permission bit and does not count. */
export function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
