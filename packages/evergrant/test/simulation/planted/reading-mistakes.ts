/** Mistakes about what callers are told. */
import { isEvergrantError, SignedOutError } from "../../../src/errors.ts"
import type { PlantedBug } from "./planted-bug.ts"

/** Whoever wants to see what has changed gets what was asked for before. */
export const forcedJoinsFlight: PlantedBug = {
  name: "a forced refresh joins a flight that began before it",
  inFacade(evergrant) {
    const flying = new Map<string, ReturnType<typeof evergrant.getAccessToken>>()
    return {
      ...evergrant,
      getAccessToken(handle, options) {
        const before = flying.get(handle)
        if (options?.force && before) return before
        const flight = evergrant.getAccessToken(handle, options)
        flying.set(handle, flight)
        const land = () => flying.delete(handle)
        flight.then(land, land)
        return flight
      },
    }
  },
}

/** A process remembers what it has read, and hears of no end. */
export const readingsCached: PlantedBug = {
  name: "a login is read from a cache that no end reaches",
  inProcess(store) {
    const known = new Map<string, Awaited<ReturnType<typeof store.readLogin>>>()
    return {
      ...store,
      async readLogin(handleHash) {
        const before = known.get(handleHash)
        known.delete(handleHash)
        if (before) return before
        const login = await store.readLogin(handleHash)
        known.set(handleHash, login)
        return login
      },
    }
  },
}

/** "Unknown" is told as "nobody". */
export const failureTakenForEnd: PlantedBug = {
  name: "a store that fails is taken for an ended session",
  inFacade: (evergrant) => ({
    ...evergrant,
    getAccessToken: (handle, options) =>
      evergrant.getAccessToken(handle, options).catch((error: unknown) => {
        const isFailure = isEvergrantError(error) && error.code === "store_unavailable"
        throw isFailure ? new SignedOutError("no_session") : error
      }),
  }),
}
