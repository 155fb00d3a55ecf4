/** Opens a store once per process, whichever module copy asks first. */
import { isEvergrantError, StoreError } from "../errors.ts"
import { forgetProcessWide, processWide } from "../process-wide.ts"
import type { GrantStore, StoreContext, StoreDriver } from "./grant-store.ts"

/**
 * Returns the opened store. A failed opening is not remembered: the next call tries again, so that a database
 * that comes up after the application heals by itself.
 *
 * @throws {StoreError} `store_unavailable`.
 * @throws {ConfigurationError} The store cannot work with these options or on this platform.
 */
export function openStore(driver: StoreDriver, context: StoreContext): Promise<GrantStore> {
  const key = storeKey(driver, context.namespace)
  return processWide(key, () => {
    const opening = open(driver, context)
    opening.catch(() => forgetProcessWide(key, opening))
    return opening
  })
}

async function open(driver: StoreDriver, context: StoreContext): Promise<GrantStore> {
  try {
    return await driver.open(context)
  } catch (error) {
    if (isEvergrantError(error)) throw error
    throw new StoreError("store_unavailable", `The ${driver.kind} store cannot be opened.`, {
      cause: error,
    })
  }
}

/** Closes the store, if it was opened in this process. One that could not be opened needs no closing. */
export async function closeStore(driver: StoreDriver, namespace: string): Promise<void> {
  const key = storeKey(driver, namespace)
  const opened = processWide<Promise<GrantStore> | undefined>(key, () => undefined)
  forgetProcessWide(key, opened)
  const store = await opened?.catch(() => undefined)
  await store?.close()
}

/** As JSON, because both a location and a namespace may hold any character. */
function storeKey({ kind, location }: StoreDriver, namespace: string): string {
  return `store ${JSON.stringify([kind, location, namespace])}`
}
