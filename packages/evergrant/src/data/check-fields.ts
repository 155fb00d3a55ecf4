/** Runs the application's schema over session data. */
import type { StandardSchemaV1 } from "@standard-schema/spec"
import type { PatchIssue } from "../errors.ts"
import type { SessionData } from "../store/vault.ts"
import type { DataDefinition } from "./data-definition.ts"

export type CheckedFields = { data: SessionData } | { issues: PatchIssue[] }

/** Returns the data as the schema's output, or what it objects to. */
export async function checkFields(definition: DataDefinition, fields: SessionData): Promise<CheckedFields> {
  const result = await definition.schema["~standard"].validate(fields)
  if (result.issues) return { issues: result.issues.map(toIssue) }
  return { data: result.value }
}

/**
 * What is to be stored: the schema's output, and what was stored of fields that the schema does not know. During a
 * rolling deploy those are the newer version's, and most schemas drop them.
 *
 * @param spoken The fields that a patch or a `load` speaks of: about them the schema alone decides.
 */
export function withUnknownFields(
  checked: SessionData,
  stored: SessionData,
  spoken: SessionData = {},
): SessionData {
  const unknown = Object.entries(stored).filter(
    ([field]) => !Object.hasOwn(checked, field) && !Object.hasOwn(spoken, field),
  )
  return { ...Object.fromEntries(unknown), ...checked }
}

/** The schema's message may quote the refused value; that is the application's own data, not a secret of ours. */
function toIssue(issue: StandardSchemaV1.Issue): PatchIssue {
  const [first] = issue.path ?? []
  const field = typeof first === "object" ? first.key : first
  return { field: field === undefined ? "(data)" : String(field), message: issue.message }
}
