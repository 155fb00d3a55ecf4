/** Callers that ask for tokens without end, or once and until they are served. Runs within an application process. */
import { systemClock } from "../../src/clock.ts"
import { isEvergrantError, type SignedOutError } from "../../src/errors.ts"
import type { Evergrant } from "../../src/evergrant.ts"
import type { LoadWish, Outcome } from "./messages.ts"
import { countOutcome, emptyTally, type Tally } from "./tally.ts"

/** Asks for one token, and says what became of it. */
export async function askForToken(evergrant: Evergrant, handle: string, force = false): Promise<Outcome> {
  try {
    const { accessToken, expiresAt } = await evergrant.getAccessToken(handle, { force })
    return { token: accessToken, expiresAt }
  } catch (error) {
    if (!isEvergrantError(error)) return { failed: String(error) }
    if (error.code === "signed_out") return { signedOut: (error as SignedOutError).reason }
    const { code } = error
    if (code === "provider_unavailable" || code === "store_unavailable") return { unavailable: code }
    return { failed: `${code}: ${error.message}` }
  }
}

export interface Load {
  /** Resolves when no call is under way any more and the last of them is counted. */
  stop(): Promise<void>
}

/** Seconds between two reports. */
const reportEvery = 0.5

/** Starts asking. `report` gets what was counted since the last time. A session that is over is not asked for again. */
export function startLoad(
  evergrant: Evergrant,
  { handles, pause }: LoadWish,
  report: (tally: Tally) => void,
): Load {
  let running = true
  let tally = emptyTally()

  function flush(): void {
    report(tally)
    tally = emptyTally()
  }
  async function askOn(handle: string): Promise<void> {
    await sleep(Math.random() * pause)
    while (running) {
      const outcome = await countOne(evergrant, handle, () => tally)
      if ("signedOut" in outcome) return
      await sleep(pause)
    }
  }
  const timer = setInterval(flush, reportEvery * 1000)
  const callers = handles.map(askOn)
  return {
    async stop() {
      running = false
      await Promise.all(callers)
      clearInterval(timer)
      flush()
    },
  }
}

/**
 * Asks for each session, spread over one second, and for each that was not served again, as a user does who is told to
 * come back, until it is served or over.
 */
export async function runWave(evergrant: Evergrant, handles: readonly string[]): Promise<Tally> {
  const tally = emptyTally()
  await Promise.all(
    handles.map(async (handle, index) => {
      await sleep(index / handles.length)
      for (;;) {
        const outcome = await countOne(evergrant, handle, () => tally)
        if (!("unavailable" in outcome)) return
        await sleep(5 + 10 * Math.random())
      }
    }),
  )
  return tally
}

/** @param current The tally at the end of the call: the one of its beginning may have been reported. */
async function countOne(evergrant: Evergrant, handle: string, current: () => Tally): Promise<Outcome> {
  const begun = performance.now()
  const outcome = await askForToken(evergrant, handle)
  countOutcome(current(), handle, outcome, systemClock.now(), performance.now() - begun)
  return outcome
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
