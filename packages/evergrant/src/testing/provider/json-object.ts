/** A JSON object whose members are not known yet. */
export type JsonObject = Record<string, unknown>

/** Tells whether `value` is an object with members: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
