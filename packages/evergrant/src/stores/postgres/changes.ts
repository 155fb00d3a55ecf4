import { createHash } from "node:crypto"
import type { GrantStore } from "../../store/grant-store.ts"
import type { Change } from "../../store/records.ts"
import type { Run } from "./database.ts"
import { toChange } from "./rows.ts"

/** Where one namespace's feed is read from. */
export interface Feed {
  run: Run
  /** Quoted. */
  schema: string
  namespace: string
}

/** The position of the newest change; `0` when there was none. */
export async function readLatestChange({ run, schema, namespace }: Feed): Promise<number> {
  const [row] = await run(`SELECT cursor FROM ${schema}.feeds WHERE namespace = $1`, [namespace])
  return Number(row?.cursor ?? 0)
}

/** Changes after a position, oldest first. */
export async function readChanges(
  { run, schema, namespace }: Feed,
  cursor: number,
  limit: number,
): Promise<Change[]> {
  const rows = await run(
    `SELECT cursor, kind, login_id, user_id, reason FROM ${schema}.changes
     WHERE namespace = $1 AND cursor > $2 ORDER BY cursor LIMIT $3`,
    [namespace, cursor, limit],
  )
  return rows.map(toChange)
}

/** The channel on which a namespace's changes are announced: `change_channel` of the schema says the same. */
export function changeChannel(schemaName: string, namespace: string): string {
  const hash = createHash("sha256").update(`${schemaName} ${namespace}`).digest("hex")
  return `evergrant_${hash.slice(0, 32)}`
}

export function changeMethods(feed: Feed): Pick<GrantStore, "latestChange" | "changesAfter"> {
  return {
    latestChange: () => readLatestChange(feed),
    changesAfter: (cursor, limit) => readChanges(feed, cursor, limit),
  }
}
