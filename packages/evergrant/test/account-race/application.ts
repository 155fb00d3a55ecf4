/** The application that every process of a race runs: one store, one account table, one provider. */
import type { AccountWriter } from "../../src/accounts/account-writer.ts"
import type { EventListener } from "../../src/events.ts"
import { createEvergrant, type Evergrant } from "../../src/evergrant.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"
import { openWriter, type RacingTable } from "./open-writer.ts"

/** What the processes share. */
export interface RaceSetting {
  table: RacingTable
  address: string
  storeFile: string
  issuer: string
}

/** The application's user, who owns the account. */
export const racingUser = "user"

/** Milliseconds to the database, at most. */
const farthestMs = 60

/**
 * The writer of a database that is mostly near and at times far away: whatever can happen between two statements of
 * one process has the time to.
 */
function farAway(writer: AccountWriter): AccountWriter {
  const travel = () => new Promise((resolve) => setTimeout(resolve, Math.random() ** 3 * farthestMs))
  return {
    ...writer,
    async find(key) {
      await travel()
      return writer.find(key)
    },
    async update(key, patch, expected) {
      await travel()
      return writer.update(key, patch, expected)
    },
  }
}

export function openApplication(
  { table, address, storeFile, issuer }: RaceSetting,
  events: EventListener = () => {},
): { evergrant: Evergrant; close(): Promise<void> } {
  const { writer, close } = openWriter(table, address)
  const evergrant = createEvergrant({
    store: sqliteStore(storeFile, { busyTimeout: 30 }),
    secrets: ["0123456789abcdef0123456789abcdef"],
    providers: (id) => ({ id, issuer, clientId: "race", clientSecret: "secret" }),
    accounts: { writer: farAway(writer), sealed: false },
    // Many processes wait for one grant here: they are to wait, and not to give up.
    refresh: { callerWait: 300 },
    events,
  })
  return {
    evergrant,
    async close() {
      await evergrant.close()
      await close()
    },
  }
}
