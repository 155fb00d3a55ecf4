/** The files of a source folder and who imports whom. Imports of types are edges like all others. */
import { readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { type ImportSite, readSourceCode } from "./source-code.ts"
import { filesBelow, isTypeScript } from "./source-files.ts"

/** One import, resolved. */
export interface Import extends ImportSite {
  /** The importing file, relative to the source folder. */
  from: string
  /** The imported file, relative to the source folder; `null` for a package and for what was not found. */
  to: string | null
}

/** All files and imports of one source folder. */
export interface ImportGraph {
  files: string[]
  imports: Import[]
}

/** Reads and parses every TypeScript file below `folder`. */
export function readImportGraph(folder: string): ImportGraph {
  const files = filesBelow(folder, "", isTypeScript)
  const known = new Set(files)
  const imports = files.flatMap((from) => {
    const code = readSourceCode(from, readFileSync(join(folder, from), "utf8"))
    return code.imports.map((site): Import => ({ ...site, from, to: resolve(from, site.specifier, known) }))
  })
  return { files, imports }
}

/** Whether a specifier names a file and not a package. */
export const isRelative = (specifier: string): boolean => /^\.{1,2}(\/|$)/.test(specifier)

function resolve(from: string, specifier: string | null, known: Set<string>): string | null {
  if (specifier === null || !isRelative(specifier)) return null
  const path = posix.normalize(posix.join(posix.dirname(from), specifier))
  const bare = path.replace(/\.[cm]?[jt]sx?$/, "")
  const candidates = [
    path,
    `${bare}.ts`,
    `${bare}.tsx`,
    `${bare}.d.ts`,
    `${path}.ts`,
    `${path}.tsx`,
    `${path}/index.ts`,
  ]
  return candidates.find((candidate) => known.has(candidate)) ?? null
}

/** The circles, each as the path that closes it; every file that is in any circle is in one of them. */
export function findCircles(graph: ImportGraph): string[][] {
  const next = new Map<string, string[]>(graph.files.map((file) => [file, []]))
  for (const { from, to } of graph.imports) if (to !== null) next.get(from)?.push(to)
  const circles: string[][] = []
  const reported = new Set<string>()
  for (const start of graph.files) {
    if (reported.has(start)) continue
    const circle = shortestWayBack(start, next)
    if (!circle) continue
    for (const file of circle) reported.add(file)
    circles.push(circle)
  }
  return circles
}

function shortestWayBack(start: string, next: Map<string, string[]>): string[] | null {
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const target of next.get(file) ?? []) {
      if (target === start) {
        const path = [start]
        for (let step = file; step !== start; step = cameFrom.get(step) ?? start) path.unshift(step)
        return [start, ...path]
      }
      if (cameFrom.has(target)) continue
      cameFrom.set(target, file)
      queue.push(target)
    }
  }
  return null
}
