/** Fills the user's data at sign-in. */
import type { Parts } from "../refresh/parts.ts"
import type { SessionData } from "../store/vault.ts"
import { checkFields, withUnknownFields } from "./check-fields.ts"
import type { DataDefinition, DataOwner } from "./data-definition.ts"

/**
 * Asks the application's `load` and stores what it says. A patch that lands while `load` is running wins: its
 * writer knew something newer. A `load` that fails keeps what is stored and lets the user in; the failure is an
 * event.
 */
export async function loadData(parts: Parts, definition: DataDefinition, user: DataOwner): Promise<void> {
  const store = await parts.vault.store()
  const before = await store.readData(user.id)
  let stored: SessionData
  try {
    stored = before ? await parts.vault.openData(before) : {}
  } catch {
    // Sealed under a key that this instance does not know: it is left alone, for the one that does.
    parts.emit({ type: "data.load_failed", user: user.id, why: "the stored data cannot be opened" })
    return
  }
  let loaded: Record<string, unknown> | undefined
  try {
    loaded = await definition.load?.(user)
  } catch {
    parts.emit({ type: "data.load_failed", user: user.id, why: "it threw" })
    return
  }
  const checked = await checkFields(definition, { ...stored, ...loaded })
  if ("issues" in checked) {
    // Without a `load`, fields that have no default are simply not there yet.
    if (!definition.load) return
    const why = `the schema refuses ${checked.issues.map((issue) => issue.field).join(", ")}`
    parts.emit({ type: "data.load_failed", user: user.id, why })
    return
  }
  const version = before?.version ?? 0
  const next = withUnknownFields(checked.data, stored, loaded)
  await store.writeData(user.id, version, await parts.vault.sealData(user.id, version + 1, next))
}
