/** Finds files in the workspace without following what a tool has made: builds, caches and installed packages. */
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

const made = new Set(["node_modules", "dist", "coverage", "generated"])

/** Paths of all files below `root/folder` whose name passes, relative to `root`, with `/`, sorted. */
export function filesBelow(root: string, folder: string, passes: (name: string) => boolean): string[] {
  const found: string[] = []
  const visit = (relative: string): void => {
    for (const entry of readdirSync(join(root, relative), { withFileTypes: true })) {
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`
      if (entry.isDirectory()) {
        if (!made.has(entry.name) && !entry.name.startsWith(".")) visit(path)
      } else if (entry.isFile() && passes(entry.name)) found.push(path)
    }
  }
  const start = folder.replace(/\/+$/, "")
  if (existsSync(join(root, start)) && statSync(join(root, start)).isDirectory()) visit(start)
  return found.sort()
}

/** Whether a file is TypeScript, declarations included. */
export const isTypeScript = (name: string): boolean => /\.[cm]?tsx?$/.test(name)

/** Whether a file is TypeScript or JavaScript. */
export const isScript = (name: string): boolean => /\.[cm]?[jt]sx?$/.test(name)
