/** A store by its address, as an application reads it from its environment. */
import type { StoreDriver } from "../../src/store/grant-store.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"

/** @param url `sqlite:FILE`. */
export async function openStoreUrl(url: string): Promise<StoreDriver> {
  if (url.startsWith("sqlite:")) return sqliteStore(url.slice("sqlite:".length))
  throw new Error("there is no store of this kind")
}
