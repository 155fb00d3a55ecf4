/** Every planted bug, by its number. */
import {
  claimsBringBack,
  commitComparesHolder,
  persistsOnce,
  tombstoneCheckedBeforeWrite,
} from "./commit-mistakes.ts"
import { leaseNotRenewed, leaseReleasedBeforePersisting, noReadAfterLease } from "./lease-mistakes.ts"
import type { PlantedBug } from "./planted-bug.ts"
import { failureTakenForEnd, forcedJoinsFlight, readingsCached } from "./reading-mistakes.ts"
import {
  abortedWithCaller,
  busyTakenForRefusal,
  intentNotWritten,
  lateTokenNotRevoked,
  lostAnswerRetried,
} from "./request-mistakes.ts"

export const plantedBugs: readonly PlantedBug[] = [
  leaseReleasedBeforePersisting,
  commitComparesHolder,
  tombstoneCheckedBeforeWrite,
  intentNotWritten,
  noReadAfterLease,
  claimsBringBack,
  forcedJoinsFlight,
  lostAnswerRetried,
  leaseNotRenewed,
  abortedWithCaller,
  persistsOnce,
  lateTokenNotRevoked,
  busyTakenForRefusal,
  readingsCached,
  failureTakenForEnd,
]
