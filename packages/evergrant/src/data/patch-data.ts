/** Changes fields of the user's data: checked whole, written atomically, concurrent patches all survive. */
import { SessionPatchError, StoreError } from "../errors.ts"
import type { Parts } from "../refresh/parts.ts"
import type { SessionData } from "../store/vault.ts"
import { checkFields, withUnknownFields } from "./check-fields.ts"
import type { DataDefinition } from "./data-definition.ts"

/** Who asks. The browser may write what the definition lists, the server everything. */
export type PatchedBy = "server" | "browser"

/**
 * Applies a patch.
 *
 * @returns The data after it.
 * @throws {SessionPatchError} `patch_not_allowed` or `patch_invalid`; nothing was stored.
 * @throws {StoreError}
 */
export async function patchData(
  parts: Parts,
  definition: DataDefinition | undefined,
  user: string,
  patch: SessionData,
  by: PatchedBy,
): Promise<SessionData> {
  const fields = Object.keys(patch)
  const allowed = checkRights(definition, fields, by)
  const store = await parts.vault.store()
  for (let attempt = 0; attempt < 50; attempt++) {
    const before = await store.readData(user)
    const current = before ? await parts.vault.openData(before) : {}
    const checked = await checkFields(allowed, { ...current, ...patch })
    if ("issues" in checked) throw new SessionPatchError("patch_invalid", checked.issues)
    const unknown = fields.filter((field) => !Object.hasOwn(checked.data, field))
    if (unknown.length > 0) throw refuse("patch_invalid", unknown, "is not a field of the schema")

    const version = before?.version ?? 0
    const next = withUnknownFields(checked.data, current, patch)
    const sealed = await parts.vault.sealData(user, version + 1, next)
    if ((await store.writeData(user, version, sealed)) === "stored") {
      parts.emit({ type: "data.patched", user, fields, by })
      return checked.data
    }
    // Somebody else's patch came first: apply this one to what they made.
  }
  throw new StoreError("store_unavailable", "The data of this user is written too often at once.")
}

function checkRights(
  definition: DataDefinition | undefined,
  fields: string[],
  by: PatchedBy,
): DataDefinition {
  if (!definition) throw refuse("patch_not_allowed", fields, "is not declared: configure `evergrant.data`")
  const odd = fields.filter(
    (field) => field === "__proto__" || field === "constructor" || field === "prototype",
  )
  if (odd.length > 0) throw refuse("patch_not_allowed", odd, "cannot be a field")
  const writable: readonly string[] = definition.browserWritable ?? []
  const refused = by === "browser" ? fields.filter((field) => !writable.includes(field)) : []
  if (refused.length > 0) throw refuse("patch_not_allowed", refused, "is not writable by the browser")
  return definition
}

function refuse(
  code: "patch_not_allowed" | "patch_invalid",
  fields: string[],
  message: string,
): SessionPatchError {
  return new SessionPatchError(
    code,
    fields.map((field) => ({ field, message })),
  )
}
