/** The account table of the options, for the core. */
import type { Adapter } from "@auth/core/adapters"
import type { AccountWriter } from "../accounts/account-writer.ts"
import { ConfigurationError } from "../errors.ts"
import { processWide } from "../process-wide.ts"
import type { AccountTable } from "../refresh/parts.ts"
import type { AccountsOptions, CustomAccounts } from "./options.ts"

/**
 * Completes the writer: what an application fills in may leave out what the adapter can do.
 *
 * @param application Tells this application's grants from another's: its store and namespace.
 * @throws {ConfigurationError} `option_invalid`: rows cannot be read, or the table is another application's already.
 */
export function toAccountTable(
  { writer, sealed = false }: AccountsOptions,
  adapter: Adapter | undefined,
  application: string,
): AccountTable | undefined {
  if (!writer) return undefined
  const complete = toWriter(writer, adapter)
  claim(complete, application)
  return { writer: complete, sealed }
}

function toWriter(given: AccountWriter | CustomAccounts, adapter: Adapter | undefined): AccountWriter {
  const find = given.find?.bind(given) ?? findByAdapter(adapter)
  if (!find) {
    throw new ConfigurationError(
      "option_invalid",
      "evergrant.accounts has no find, and the adapter has no getAccount: add find(key), which reads one row.",
    )
  }
  return {
    kind: given.kind ?? "custom",
    table: given.table ?? "",
    check: async () => given.check?.(),
    find,
    update: given.update.bind(given),
  }
}

function findByAdapter(adapter: Adapter | undefined): AccountWriter["find"] | undefined {
  const getAccount = adapter?.getAccount?.bind(adapter)
  if (!getAccount) return undefined
  return async ({ provider, providerAccountId }) => {
    const row = await getAccount(providerAccountId, provider)
    if (!row) return undefined
    const { access_token, refresh_token, id_token, expires_at, scope, session_state } = row
    return {
      provider,
      providerAccountId,
      access_token: access_token ?? null,
      refresh_token: refresh_token ?? null,
      ...(id_token === undefined ? {} : { id_token }),
      expires_at: expires_at ?? null,
      ...(scope === undefined ? {} : { scope }),
      ...(typeof session_state === "string" ? { session_state } : {}),
    }
  }
}

/** Two applications that follow their own grants would go on overwriting each other's rows. */
function claim({ table }: AccountWriter, application: string): void {
  if (!table) return
  const owner = processWide(`account table ${table}`, () => application)
  if (owner === application) return
  throw new ConfigurationError(
    "option_invalid",
    `Two writers for one table: ${table} follows another store or namespace in this process already. Give both the same evergrant.store and namespace, or each a table of its own.`,
  )
}
