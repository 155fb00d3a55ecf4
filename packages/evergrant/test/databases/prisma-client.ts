/**
 * Generates the client of `schema/schema.prisma` into a folder that is not committed, named after the schema. Several
 * test files may do so at the same time: each generates in a folder of its own, and the first moves it into place.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { PrismaPg } from "@prisma/adapter-pg"
import type { Pool } from "pg"

const schemaFile = join(import.meta.dirname, "schema/schema.prisma")
// Not below node_modules, where Node would not run TypeScript.
const cache = join(import.meta.dirname, "../../../../.cache/prisma")

/** What a suite needs of the client; its full type exists only once it is generated. */
interface PrismaClient {
  $disconnect(): Promise<void>
  $extends(extension: object): object
}

type ClientModule = { PrismaClient: new (options: { adapter: PrismaPg }) => PrismaClient }

/** Creates a client over a pool, which stays the caller's. */
export async function createPrismaClient(pool: Pool): Promise<PrismaClient> {
  const file = join(generate(), "client/client.ts")
  const { PrismaClient: Client }: ClientModule = await import(/* @vite-ignore */ pathToFileURL(file).href)
  return new Client({ adapter: new PrismaPg(pool) })
}

function generate(): string {
  const schema = readFileSync(schemaFile, "utf8")
  const folder = join(cache, createHash("sha256").update(schema).digest("hex").slice(0, 16))
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(join(cache, "draft-"))
  writeFileSync(join(draft, "schema.prisma"), schema)
  runGenerator(draft)
  try {
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

function runGenerator(folder: string): void {
  const require = createRequire(import.meta.url)
  const program = join(dirname(require.resolve("prisma/package.json")), "build/index.js")
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "generate"], {
    cwd: folder,
    encoding: "utf8",
    // Any program will do: generating needs no schema engine, and would download one all the same.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" },
  })
  if (status !== 0) throw new Error(`prisma generate failed:\n${stdout}${stderr}`)
}
