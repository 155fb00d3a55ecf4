/** The account table of the options, for the core. */
import type { Adapter } from "@auth/core/adapters"
import type { AccountWriter } from "../accounts/account-writer.ts"
import { ConfigurationError } from "../errors.ts"
import type { AccountTable } from "../refresh/parts.ts"
import type { AccountsOptions, CustomAccounts } from "./account-options.ts"

/**
 * Completes the writer: what an application fills in may leave out what the adapter can do.
 *
 * @throws {ConfigurationError} `option_invalid`: rows cannot be read.
 */
export function toAccountTable(
  { writer, sealed = false, source = "store" }: AccountsOptions,
  adapter: Adapter | undefined,
): AccountTable | undefined {
  if (!writer) return undefined
  return { writer: toWriter(writer, adapter), sealed, source }
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
    ...(given.client ? { client: given.client } : {}),
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
