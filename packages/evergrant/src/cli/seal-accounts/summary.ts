import type { SealAccountsSettings } from "./read-arguments.ts"
import type { Tally } from "./rewrite-table.ts"

/** The lines at the end of a run. */
export function summarise(
  { written, unchanged, empty, unreadable, changed }: Tally,
  { unseal, dryRun }: Pick<SealAccountsSettings, "unseal" | "dryRun">,
  interrupted: boolean,
): string[] {
  const [done, before] = unseal ? ["unsealed", "already plain"] : ["sealed", "already sealed"]
  const lines = [
    `${dryRun ? `would be ${done}` : done}: ${written}`,
    `${before}: ${unchanged}`,
    `empty: ${empty}`,
    `unreadable: ${unreadable}`,
    `changed meanwhile: ${changed}`,
  ]
  if (dryRun) lines.push("Nothing was written (--dry-run).")
  if (unreadable > 0)
    lines.push("Unreadable rows were left alone: their key is not among the secrets, or they were altered.")
  if (changed > 0) lines.push("Rows that changed meanwhile were left alone: run the command again.")
  if (interrupted) lines.push("Interrupted: run the command again to go on.")
  return lines
}
