/**
 * Rotations that the provider has made and the store could not take. The refresh token in the store is spent, so the
 * only copy of the new one is here: it is served from here, and written until it is stored.
 */
import { type EpochSeconds, type Seconds, sleep, timedOut, withDeadline } from "../clock.ts"
import { StoreError } from "../errors.ts"
import { processWide } from "../process-wide.ts"
import type { GrantStore, WriteOutcome } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { Parts } from "./parts.ts"
import { persistRotation, type Rotated } from "./persist-rotation.ts"
import { grantName, leaseName } from "./refresh-target.ts"

/** Seconds for which writing is tried where nobody knows when the refresh token ends. */
const keptFor: Seconds = 600

/** Longest pauses between two tries, at first and later: whoever spends after an outage waits a second for them. */
const [firstPause, laterPause]: [Seconds, Seconds] = [0.25, 0.7]
const firstTries = 20

interface Unsaved {
  storeName: string
  grant: StoredGrant
  /** The refresh token that the store still holds. */
  spent: string
  /** Resolves when nothing is left to be done about it. */
  done: Promise<void>
  giveUp: boolean
}

/** By the name of the lease: where the logins of an account share a grant, none of them may spend its old token. */
const kept = (): Map<string, Unsaved> => processWide("unsaved", () => new Map())

/** What {@link persistOrKeep} comes to. */
export type Persisted = WriteOutcome | "unsaved"

/**
 * Stores a rotation. If the store fails, the rotation is kept in this process and written until the store takes it or
 * refuses it, or the refresh token is over.
 *
 * @param settle What follows once the store has answered, if it did not at once. What it throws is dropped.
 */
export async function persistOrKeep(
  parts: Parts,
  store: GrantStore,
  rotated: Rotated,
  settle: (outcome: WriteOutcome) => Promise<unknown>,
): Promise<Persisted> {
  const persisted = await persistRotation(parts, store, rotated).catch(() => undefined)
  if (persisted) return persisted
  const { clock } = parts.surroundings
  const { grant, guard } = rotated
  const until = grant.sessionExpiresAt ?? clock.now() + keptFor
  parts.emit({ type: "tokens.unsaved", loginId: grant.loginId, provider: grant.provider, until })
  const about = { storeName: parts.storeName, grant, spent: guard.tokenHash }
  const entry: Unsaved = { ...about, done: Promise.resolve(), giveUp: false }
  const name = leaseName(parts, grant)
  kept().set(name, entry)
  entry.done = keepWriting(parts, store, rotated, { entry, until })
    .then((outcome) => {
      // From here on the store tells.
      kept().delete(name)
      return outcome && settle(outcome)
    })
    .then(
      () => {},
      () => {},
    )
  parts.defer(entry.done)
  return "unsaved"
}

async function keepWriting(
  parts: Parts,
  store: GrantStore,
  rotated: Rotated,
  { entry, until }: { entry: Unsaved; until: EpochSeconds },
): Promise<WriteOutcome | undefined> {
  const { clock, scheduler, random } = parts.surroundings
  for (let tries = 1; !entry.giveUp && clock.now() < until; tries += 1) {
    const [byte = 0] = random(1)
    await sleep(scheduler, (tries < firstTries ? firstPause : laterPause) * (0.5 + byte / 510))
    // Whatever it fails with: nothing is gained by giving up earlier than the token is over.
    const outcome = await persistRotation(parts, store, rotated).catch(() => undefined)
    if (outcome === "conflict") return conflictWithItself(store, rotated)
    if (outcome) return outcome
  }
  const { loginId, provider } = entry.grant
  parts.emit({ type: "tokens.lost", loginId, provider })
  return undefined
}

/** A write whose answer was lost is refused when it is repeated: what it meets is its own result. */
async function conflictWithItself(store: GrantStore, { grant }: Rotated): Promise<WriteOutcome> {
  const logins = await store.listLogins({ loginId: grant.loginId }).catch(() => [])
  const { generation, sealedTokens } = grant
  const stored = logins
    .flatMap(({ grants }) => grants)
    .some((held) => held.generation === generation && held.sealedTokens === sealedTokens)
  return stored ? "stored" : "conflict"
}

/** The grant as this process knows it and the store does not. */
export function unsavedGrant(parts: Parts, grant: StoredGrant): StoredGrant | undefined {
  if (kept().size === 0) return undefined
  const entry = kept().get(leaseName(parts, grant))
  if (!entry || grantName(parts, entry.grant) !== grantName(parts, grant)) return undefined
  // A grant that was linked anew meanwhile is another one.
  const isIts = [entry.spent, entry.grant.tokenHash].includes(grant.tokenHash)
  return isIts && entry.grant.generation >= grant.generation ? entry.grant : undefined
}

/**
 * Guards the refresh token in the store while its successor is here.
 *
 * @returns The kept grant, where that is what the caller needs.
 * @throws {StoreError} `store_unavailable`: nothing may be spent now.
 */
export function insteadOfSpending(
  parts: Parts,
  { grant, forced }: { grant: StoredGrant; forced: boolean },
): StoredGrant | undefined {
  if (!kept().has(leaseName(parts, grant))) return undefined
  const unsaved = unsavedGrant(parts, grant)
  if (!forced && unsaved && unsaved.expiresAt > parts.surroundings.clock.now()) return unsaved
  throw new StoreError("store_unavailable", "Tokens that the provider gave are not stored yet.")
}

/** What resolves when nothing is kept for the grant any more; nothing, mostly. */
export function savingOf(parts: Parts, grant: StoredGrant): Promise<void> | undefined {
  return kept().get(leaseName(parts, grant))?.done
}

/** Waits for the writing, and gives up what is not stored by then. Each loss is an event. */
export async function saveOrGiveUp(parts: Parts, limit: Seconds): Promise<void> {
  const mine = [...kept().values()].filter(({ storeName }) => storeName === parts.storeName)
  const all = Promise.all(mine.map(({ done }) => done))
  if ((await withDeadline(parts.surroundings.scheduler, limit, all)) !== timedOut) return
  for (const entry of mine) entry.giveUp = true
  await all
}
