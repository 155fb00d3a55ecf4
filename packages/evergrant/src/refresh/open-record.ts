/** Opens a sealed record, or tells once that it cannot be opened. */
import { isEvergrantError } from "../errors.ts"
import type { Parts } from "./parts.ts"

/**
 * Returns what `open` gives; nothing for a record that was altered, moved, replaced by an older copy or sealed under
 * an unknown key. Nobody overwrites it: with the missing key put back it is there again.
 */
export async function openRecord<T>(
  parts: Parts,
  loginId: string,
  record: "login" | "grant" | "data",
  open: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await open()
  } catch (error) {
    if (!isEvergrantError(error) || error.code !== "record_unreadable") throw error
    parts.emit({ type: "record.unreadable", loginId, record })
    return undefined
  }
}
