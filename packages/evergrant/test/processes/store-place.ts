/** An empty store of each kind, for the processes of one test. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const storeKinds = ["sqlite"] as const

export type StoreKind = (typeof storeKinds)[number]

export interface StorePlace {
  readonly kind: StoreKind
  /** For `openStoreUrl`. */
  readonly url: string
  remove(): Promise<void>
}

export async function createStorePlace(kind: StoreKind): Promise<StorePlace> {
  const folder = mkdtempSync(join(tmpdir(), "evergrant-processes-"))
  return {
    kind,
    url: `sqlite:${join(folder, `${randomUUID()}.db`)}`,
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
}
