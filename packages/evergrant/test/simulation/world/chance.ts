/** Chance that can be repeated: everything that a schedule decides comes out of its seed. */

export interface Chance {
  /** A number from 0 up to, not including, 1. */
  next(): number
  /** A whole number from 0 up to, not including, `count`. */
  below(count: number): number
  /** A number between two others. */
  between(low: number, high: number): number
  happens(probability: number): boolean
  pick<T>(items: readonly T[]): T
  bytes(length: number): Uint8Array
}

/** Creates the chance of a seed. (The generator is mulberry32.) */
export function seededChance(seed: number): Chance {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const chance: Chance = {
    next: () => word() / 2 ** 32,
    below: (count) => Math.floor(chance.next() * count),
    between: (low, high) => low + chance.next() * (high - low),
    happens: (probability) => probability > 0 && chance.next() < probability,
    pick(items) {
      const item = items[chance.below(items.length)]
      if (item === undefined) throw new Error("There is nothing to pick from.")
      return item
    },
    bytes(length) {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; at += 4) {
        const four = word()
        for (let i = 0; i < 4 && at + i < length; i++) bytes[at + i] = (four >>> (i * 8)) & 255
      }
      return bytes
    },
  }
  return chance
}
