/** Workspaces made up for one test, in a temporary folder. */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { onTestFinished } from "vitest"

/** Writes the files and returns their folder, which is gone after the test. */
export function makeTree(files: Record<string, string>, parent: string = tmpdir()): string {
  mkdirSync(parent, { recursive: true })
  const root = mkdtempSync(join(parent, "evergrant-tree-"))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

/** Runs a check as its command does, over a made-up workspace. */
export function runCheck(name: string, root: string): { status: number | null; lines: string[] } {
  const script = join(import.meta.dirname, "..", `${name}.ts`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, root], { encoding: "utf8" })
  return { status, lines: `${stdout}${stderr}`.trim().split("\n") }
}
