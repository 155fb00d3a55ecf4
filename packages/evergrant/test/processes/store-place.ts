/** An empty store of each kind, for the processes of one test. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startPostgresServer } from "../databases/postgres-server.ts"
import { startRedisServer } from "../databases/redis-server.ts"

export const storeKinds = ["sqlite", "redis", "postgres"] as const

export type StoreKind = (typeof storeKinds)[number]

export interface StorePlace {
  readonly kind: StoreKind
  /** For `storeOfUrl`. */
  readonly url: string
  /** The server's own, where there is one: how it can be stopped, politely first, and started again. */
  readonly stops: Readonly<Record<string, () => Promise<void>>>
  start(): Promise<void>
  remove(): Promise<void>
}

/** Creates a file, or starts a server of its own that keeps what it is given. */
export async function createStorePlace(kind: StoreKind): Promise<StorePlace> {
  switch (kind) {
    case "sqlite":
      return createFile()
    case "redis": {
      const server = await startRedisServer()
      const stops = { SIGTERM: () => server.stop("SIGTERM"), SIGKILL: () => server.stop("SIGKILL") }
      return { ...server, kind, stops }
    }
    case "postgres": {
      const server = await startPostgresServer()
      const stops = { fast: () => server.stop("fast"), immediate: () => server.stop("immediate") }
      return { ...server, kind, stops }
    }
  }
}

function createFile(): StorePlace {
  const folder = mkdtempSync(join(tmpdir(), "evergrant-processes-"))
  return {
    kind: "sqlite",
    url: `sqlite:${join(folder, `${randomUUID()}.db`)}`,
    stops: {},
    start: async () => {},
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
}
