/** What a seed stands for: who does what when, what kind of provider it is, and what may go wrong. */
import type { Seconds } from "../../../src/clock.ts"
import type { Chance } from "./chance.ts"
import type { Rotation } from "./rotating-provider.ts"

export const actionKinds = [
  "token",
  "forced token",
  "session",
  "look",
  "update",
  "job",
  "forced job",
  "sign-out",
  "end",
  "back-channel",
  "provider ends",
] as const

export type ActionKind = (typeof actionKinds)[number]

export interface Action {
  kind: ActionKind
  /** Seconds after the beginning. */
  at: Seconds
  process: number
  login: number
}

/** How probable each fault is at each chance for it. */
export interface FaultRates {
  /** A call of the store does not reach it. */
  storeFails: number
  /** It reaches it, and the answer is lost. */
  storeDrops: number
  providerFails: number
  /** The provider says that it is busy. */
  providerBusy: number
  providerDrops: number
  /** At each step, as long as the world may lose another process. */
  kill: number
  freeze: number
}

export interface Plan {
  processes: number
  logins: number
  rotation: Rotation
  actions: Action[]
  faults: FaultRates
  /** Longest time that the provider takes for half of a request. */
  providerDelay: Seconds
  /** How probable it is that time passes although something could happen now. */
  haste: number
  /** Whether one process at a time goes ahead of the others, instead of all by lot. */
  preferring: boolean
  /** Whether nothing can go wrong. */
  calm: boolean
}

/** Seconds that an access token lives. */
export const accessTokenLife = 60

const noFaults: FaultRates = {
  storeFails: 0,
  storeDrops: 0,
  providerFails: 0,
  providerBusy: 0,
  providerDrops: 0,
  kill: 0,
  freeze: 0,
}

/** Makes the plan of a seed. */
export function makePlan(chance: Chance): Plan {
  const processes = 2 + chance.below(3)
  const logins = chance.happens(0.3) ? 2 : 1
  const calm = chance.happens(0.2)
  const faults = calm ? noFaults : makeFaults(chance)
  return {
    processes,
    logins,
    rotation: makeRotation(chance),
    actions: makeActions(chance, processes, logins),
    faults,
    providerDelay: chance.happens(0.75) ? 0 : chance.pick([0.5, 6, 14, 30]),
    haste: chance.pick([0, 0, 0.05, 0.2]),
    preferring: chance.happens(0.4),
    calm,
  }
}

function makeRotation(chance: Chance): Rotation {
  const kind = chance.pick(["strict", "detecting", "window"] as const)
  if (kind !== "window") return { kind }
  return { kind, seconds: chance.happens(0.5) ? Number.POSITIVE_INFINITY : chance.between(5, 60) }
}

function makeFaults(chance: Chance): FaultRates {
  const rate = (often: number, most: number) => (chance.happens(often) ? chance.next() * most : 0)
  return {
    storeFails: rate(0.25, 0.2),
    storeDrops: rate(0.25, 0.2),
    providerFails: rate(0.2, 0.4),
    providerBusy: rate(0.2, 0.4),
    providerDrops: rate(0.4, 0.5),
    kill: rate(0.4, 0.05),
    freeze: rate(0.4, 0.05),
  }
}

const calls = ["token", "token", "session", "job", "forced token", "update", "forced job", "look"] as const
const ends = ["sign-out", "end", "back-channel", "provider ends"] as const

/** Waves of callers around the times at which something is due. */
function makeActions(chance: Chance, processes: number, logins: number): Action[] {
  const actions: Action[] = []
  const waves = 1 + chance.below(2)
  let at = 0
  for (let wave = 0; wave < waves; wave++) {
    // Expired, or due soon, or good.
    at += chance.pick([accessTokenLife + 1, accessTokenLife + 1, accessTokenLife - 6, 20])
    const spread = chance.pick([0, 0, 0.2, 4])
    const callers = 2 + chance.below(3)
    for (let caller = 0; caller < callers; caller++) {
      const who = { process: chance.below(processes), login: chance.below(logins) }
      actions.push({ kind: chance.pick(calls), at: at + chance.next() * spread, ...who })
    }
  }
  if (chance.happens(0.5)) {
    const beside = chance.pick(actions).at
    const who = { process: chance.below(processes), login: chance.below(logins) }
    actions.push({ kind: chance.pick(ends), at: beside + chance.pick([0, 0, 0.1, 3, 12]), ...who })
  }
  return actions
}
