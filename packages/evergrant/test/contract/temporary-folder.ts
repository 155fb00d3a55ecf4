import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder for one test file. */
export interface TemporaryFolder {
  path: string
  remove: () => void
}

/** Creates an empty folder, to be removed when the tests are over. */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), "evergrant-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
