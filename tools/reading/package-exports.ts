/** The entries of a package and the sources they are built from: `dist/` mirrors `src/`. */
import { readFileSync } from "node:fs"
import { join } from "node:path"

/** One path in "exports". */
export interface Entry {
  subpath: string
  /** What the package promises, as `./dist/next/index.js`. */
  target: string
  /** The possible sources, as `src/next/index.ts`; none when the target is not built, as `./package.json`. */
  sources: string[]
}

type Target = string | null | { [condition: string]: Target }

/** Reads the entries of the package in `folder`. */
export function readEntries(folder: string): Entry[] {
  const manifest: { exports?: { [subpath: string]: Target } } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  )
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) =>
    targetsIn(target).map((path) => ({ subpath, target: path, sources: sourcesOf(path) })),
  )
}

function targetsIn(target: Target): string[] {
  if (target === null) return []
  return typeof target === "string" ? [target] : Object.values(target).flatMap(targetsIn)
}

function sourcesOf(target: string): string[] {
  const match = /^\.\/dist\/(.+?)(\.d)?\.[cm]?[jt]s$/.exec(target)
  return match ? [`src/${match[1]}.ts`, `src/${match[1]}.tsx`] : []
}
