/** Rounds in which the subjects take turns, so that whatever slows the machine down slows all of them. */

const warmUpRounds = 3
const rounds = 100
const runsPerRound = 5

/** Returns the milliseconds of every run, for each subject. The order is turned around from round to round. */
export async function measureInterleaved(subjects: readonly (() => Promise<void>)[]): Promise<number[][]> {
  const costs = subjects.map((): number[] => [])
  const order = subjects.map((_, index) => index)
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const index of order.reverse()) {
      for (let run = 0; run < runsPerRound; run++) {
        const begun = performance.now()
        await subjects[index]?.()
        if (round >= 0) costs[index]?.push(performance.now() - begun)
      }
    }
  }
  return costs
}

/** The value in the middle; of two the lower one. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}
