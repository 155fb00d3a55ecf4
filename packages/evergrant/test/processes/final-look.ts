/** When all is over: which sessions still give a token. */
import { sleep } from "./acceptance.ts"
import type { Outcome } from "./messages.ts"
import type { ApplicationProcess } from "./start-application.ts"

/** Asks until the answer is a token or an end: a store or a provider that has to be waited for is no answer. */
export async function askUntilKnown(application: ApplicationProcess, handle: string): Promise<Outcome> {
  for (;;) {
    const [outcome] = await application.tokens({ handle })
    if (outcome && !("unavailable" in outcome)) return outcome
    await sleep(0.1)
  }
}

/** The sessions that give no token any more, each with what was said instead. */
export async function findLost(
  application: ApplicationProcess,
  handles: readonly string[],
): Promise<{ handle: string; why: string }[]> {
  const outcomes = await Promise.all(handles.map((handle) => askUntilKnown(application, handle)))
  return handles.flatMap((handle, index) => {
    const outcome = outcomes[index]
    if (outcome && "token" in outcome) return []
    return [{ handle, why: outcome && "signedOut" in outcome ? outcome.signedOut : JSON.stringify(outcome) }]
  })
}
