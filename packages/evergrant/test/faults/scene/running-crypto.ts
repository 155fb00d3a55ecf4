/**
 * How many operations of Web Crypto are under way in this process. They run on threads of their own, so a test whose
 * clock moves by hand would let deadlines pass while a record is being opened.
 */
let running = 0

const watched = [
  "decrypt",
  "deriveBits",
  "deriveKey",
  "digest",
  "encrypt",
  "importKey",
  "sign",
  "verify",
] as const

for (const name of watched) {
  const operation = crypto.subtle[name].bind(crypto.subtle) as (...values: unknown[]) => Promise<unknown>
  Object.defineProperty(crypto.subtle, name, {
    configurable: true,
    value: (...values: unknown[]): Promise<unknown> => {
      running += 1
      const result = operation(...values)
      const end = () => {
        running -= 1
      }
      result.then(end, end)
      return result
    },
  })
}

/** Whether any is under way. */
export const isCryptoRunning = (): boolean => running > 0
