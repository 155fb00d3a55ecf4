/** Several processes of the demo begin on the same file of users, which none of them has made yet. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, it } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "evergrant-users-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const setting = fileURLToPath(new URL("../start/database-setting.mjs", import.meta.url))

/** All processes open the same files at the same instants, which they agree on by the clock. */
const script = `
import { openDatabase } from ${JSON.stringify(setting)}
const [folder, begin, count] = process.argv.slice(1)
for (let index = 0; index < Number(count); index += 1) {
  while (Date.now() < Number(begin) + index * 20);
  openDatabase(folder + "/" + index + ".db")
}
`

async function openAll(begin: number, count: number): Promise<{ status: number | null; said: string }> {
  const words = ["--input-type=module", "--eval", script, "--", folder, String(begin), String(count)]
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] })
  let said = ""
  child.stderr.on("data", (chunk) => {
    said += String(chunk)
  })
  const [status] = await once(child, "close")
  return { status: status as number | null, said }
}

it("whoever comes while another one makes the file waits for it", async () => {
  const begin = Date.now() + 1000
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => openAll(begin, 60)))
  expect(outcomes).toEqual(outcomes.map(() => ({ status: 0, said: "" })))
})
