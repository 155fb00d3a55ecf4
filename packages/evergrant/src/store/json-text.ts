/** JSON as every database takes it. */

/** A text as UTF-8 can carry it: what is half of a character becomes U+FFFD. */
export function toWellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? Buffer.from(text).toString() : text
}

/** Writes JSON without escapes of lone surrogates, which neither PostgreSQL nor the Lua of Redis reads. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "string" ? toWellFormed(each) : each))
}
