/**
 * Goes through the table by key and rewrites each row by the writer's own compare-and-set, so that a refresh of the
 * running application is never undone. There is no state beside the table: an interrupted run is simply run again.
 */
import type {
  AccountPatch,
  AccountRow,
  AccountWriter,
  ListingAccountWriter,
} from "../../accounts/account-writer.ts"
import { openColumns, sealColumns, sealedColumns } from "../../accounts/sealed-columns.ts"
import { isEvergrantError } from "../../errors.ts"
import { isSealed, type Sealer } from "../../store/seal.ts"

/** What became of the rows. */
export interface Tally {
  /** Sealed, or with `unseal` opened. */
  written: number
  /** Were as they should be. */
  unchanged: number
  /** Hold no token. */
  empty: number
  /** Do not open under any of the secrets, and were left alone. */
  unreadable: number
  /** Were changed each time between reading and writing, or are gone. */
  changed: number
}

/** See {@link rewriteTable}. */
export interface RewriteOptions {
  /** Seals, and opens only what it sealed itself. */
  newest: Sealer
  /** Opens what any of the secrets sealed. */
  all: Sealer
  unseal: boolean
  dryRun: boolean
  /** Stops after the row under way. */
  signal: AbortSignal
  /** Called after each page with the number of its rows. */
  onRows(count: number): void
  onUnreadable(row: AccountRow): void
}

const pageSize = 200
const attempts = 3

/** Seals every row of the table, or opens it. */
export async function rewriteTable(writer: ListingAccountWriter, options: RewriteOptions): Promise<Tally> {
  const tally: Tally = { written: 0, unchanged: 0, empty: 0, unreadable: 0, changed: 0 }
  let last: AccountRow | undefined
  while (!options.signal.aborted) {
    const page = await writer.list(last, pageSize)
    if (page.length === 0) break
    for (const row of page) {
      if (options.signal.aborted) break
      const outcome = await rewriteRow(writer, row, options)
      if (outcome === "unreadable") options.onUnreadable(row)
      tally[outcome]++
    }
    last = page.at(-1)
    options.onRows(page.length)
  }
  return tally
}

async function rewriteRow(
  writer: AccountWriter,
  listed: AccountRow,
  options: RewriteOptions,
): Promise<keyof Tally> {
  let row: AccountRow | undefined = listed
  for (let attempt = 0; row && attempt < attempts; attempt++) {
    const plan = await planRow(row, options)
    if (typeof plan === "string") return plan
    if (options.dryRun) return "written"
    const { access_token = null, refresh_token = null } = row
    if ((await writer.update(row, plan, { access_token, refresh_token })) === "stored") return "written"
    row = await writer.find(row)
  }
  return "changed"
}

/** What to write, or why nothing is to be written. */
async function planRow(
  row: AccountRow,
  { newest, all, unseal }: RewriteOptions,
): Promise<AccountPatch | keyof Tally> {
  const held = sealedColumns.filter((column) => typeof row[column] === "string")
  if (held.length === 0) return "empty"
  const opened = await openOr(all, row)
  if (!opened) return "unreadable"
  const due: (typeof sealedColumns)[number][] = []
  for (const column of held) if (await isDue(newest, row, column, unseal)) due.push(column)
  if (due.length === 0) return "unchanged"
  const patch: AccountPatch = Object.fromEntries(due.map((column) => [column, opened[column]]))
  return unseal ? patch : sealColumns(newest, row, patch)
}

async function isDue(
  newest: Sealer,
  row: AccountRow,
  column: (typeof sealedColumns)[number],
  unseal: boolean,
): Promise<boolean> {
  const value = row[column] ?? ""
  if (unseal || !isSealed(value)) return unseal === isSealed(value)
  const { provider, providerAccountId } = row
  return (await openOr(newest, { provider, providerAccountId, [column]: value })) === undefined
}

async function openOr(sealer: Sealer, row: AccountRow): Promise<AccountRow | undefined> {
  try {
    return await openColumns(sealer, row)
  } catch (error) {
    if (isEvergrantError(error) && error.code === "record_unreadable") return undefined
    throw error
  }
}
