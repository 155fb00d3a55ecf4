/** The session rows of the application's adapter. What the database refuses is the outcome "unknown". */
import type { Adapter, AdapterSession, AdapterUser } from "@auth/core/adapters"
import { StoreError } from "../../errors.ts"

/** A session row with its user, as Auth.js reads them. */
export interface SessionRow {
  session: AdapterSession
  user: AdapterUser
}

/** The methods of an adapter that the database strategy needs. Checked at start. */
export interface SessionRows {
  /** @throws {StoreError} `store_unavailable`. */
  find(sessionToken: string): Promise<SessionRow | null>
  create(row: AdapterSession): Promise<void>
  /** Moves the end of a row. Returns whether it is there: somebody may have signed out meanwhile. */
  extend(sessionToken: string, expires: Date): Promise<boolean>
  /** Removes a row; one that is gone already is no failure. */
  remove(sessionToken: string): Promise<void>
}

/** Wraps an adapter. */
export function sessionRows(adapter: Adapter): SessionRows {
  const { createSession, getSessionAndUser, updateSession, deleteSession } = adapter
  if (!createSession || !getSessionAndUser || !updateSession || !deleteSession) {
    throw new TypeError("The adapter keeps no sessions.")
  }
  const find = (sessionToken: string) => known(() => getSessionAndUser.call(adapter, sessionToken))
  return {
    find,
    create: async (row) => void (await known(() => createSession.call(adapter, row))),
    async extend(sessionToken, expires) {
      try {
        await known(() => updateSession.call(adapter, { sessionToken, expires }))
      } catch (error) {
        // Some adapters throw for a row that is not there, the others hand back anything.
        if (await find(sessionToken)) throw error
        return false
      }
      return (await find(sessionToken)) !== null
    },
    async remove(sessionToken) {
      // Some adapters throw for a row that is not there.
      if (await find(sessionToken)) await known(() => deleteSession.call(adapter, sessionToken))
    },
  }
}

async function known<T>(ask: () => T): Promise<Awaited<T>> {
  try {
    return await ask()
  } catch {
    // No cause: a driver may quote the statement, and a session token with it.
    throw new StoreError("store_unavailable", "The database of users and sessions cannot be used now.")
  }
}
