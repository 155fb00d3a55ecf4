/** What the application writes under `evergrant.accounts`. */
import type { AccountWriter } from "../accounts/account-writer.ts"
import { ConfigurationError } from "../errors.ts"

/** An account table of which Evergrant has no writer: the application fills it in. */
export type CustomAccounts = Pick<AccountWriter, "update"> & Partial<AccountWriter>

/** How accounts are kept and linked. */
export interface AccountsOptions {
  /** Writes the account table, as `drizzleAccounts(db)`. Default: no table is written. */
  writer?: AccountWriter | CustomAccounts
  /** Seals the token columns, with the keys of the store. Rows that are plain are sealed when they are written. */
  sealed?: boolean
  /**
   * Who is right about an account's tokens. `"row"`: for deployments whose other services read the account table and
   * refresh what they find. All logins of the account share one grant, the row's; it ends with the last of them.
   * Default `"store"`: each login has a grant of its own, and the row shows the newest.
   */
  source?: "store" | "row"
  /**
   * Whether somebody who is signed in and signs in at another provider links that account. `"on_request"`: only when
   * the application asked for it, by `signIn(provider, { link: true })`. Default `"when_signed_in"`, as Auth.js.
   */
  linking?: "when_signed_in" | "on_request"
}

/** The options about accounts, also where the writer alone was given. */
export function accountsOf({
  accounts = {},
}: {
  accounts?: AccountWriter | CustomAccounts | AccountsOptions
}): AccountsOptions {
  return "update" in accounts ? { writer: accounts } : accounts
}

const accountsKnown: readonly string[] = ["writer", "sealed", "source", "linking"]

/**
 * Checks the options about accounts.
 *
 * @throws {ConfigurationError} `option_invalid`, one sentence with the remedy.
 */
export function checkAccounts(accounts: AccountsOptions): void {
  if (typeof accounts !== "object" || accounts === null || Array.isArray(accounts)) {
    throw invalid("evergrant.accounts must be one writer, for example drizzleAccounts(db).")
  }
  const odd = Object.keys(accounts).find((key) => !accountsKnown.includes(key))
  if (odd !== undefined) {
    throw invalid(
      `evergrant.accounts.${odd} is not an option: give a writer, as drizzleAccounts(db), an object with find and update of your own, or { ${accountsKnown.join(", ")} }.`,
    )
  }
  const { writer, source, linking } = accounts
  if (writer !== undefined && typeof writer.update !== "function") {
    throw invalid("evergrant.accounts.writer must have a function update(key, patch, expected).")
  }
  if (source !== undefined && source !== "store" && source !== "row") {
    throw invalid('evergrant.accounts.source must be "store" or "row".')
  }
  if (source === "row" && !writer) {
    throw invalid(
      'evergrant.accounts.source is "row" and there is no writer: add one, as drizzleAccounts(db).',
    )
  }
  if (linking !== undefined && linking !== "when_signed_in" && linking !== "on_request") {
    throw invalid('evergrant.accounts.linking must be "when_signed_in" or "on_request".')
  }
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("option_invalid", message)
}
