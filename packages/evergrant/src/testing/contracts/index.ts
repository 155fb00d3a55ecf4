/**
 * The contracts of Evergrant's ports, as named cases for any test runner. A store that passes
 * {@link grantStoreContract} can be handed to `createEvergrant`.
 */
import type { AccountWriterCase } from "./account-case.ts"
import { checking } from "./account-cases/checking.ts"
import { comparing } from "./account-cases/comparing.ts"
import { finding } from "./account-cases/finding.ts"
import { writing } from "./account-cases/writing.ts"
import { changes } from "./cases/changes.ts"
import { committingRefreshes } from "./cases/committing-refreshes.ts"
import { creatingLogins } from "./cases/creating-logins.ts"
import { data } from "./cases/data.ts"
import { endingGrants } from "./cases/ending-grants.ts"
import { endingLogins } from "./cases/ending-logins.ts"
import { identifiers } from "./cases/identifiers.ts"
import { leases } from "./cases/leases.ts"
import { lifecycle } from "./cases/lifecycle.ts"
import { linkingGrants } from "./cases/linking-grants.ts"
import { namespaces } from "./cases/namespaces.ts"
import { outbox } from "./cases/outbox.ts"
import { races } from "./cases/races.ts"
import { readingLogins } from "./cases/reading-logins.ts"
import { refreshing } from "./cases/refreshing.ts"
import { sweeping } from "./cases/sweeping.ts"
import { updatingLogins } from "./cases/updating-logins.ts"
import type { ContractCase } from "./contract-case.ts"

export type { AccountTable, AccountWriterCase, AccountWriterSubject, SampleRow } from "./account-case.ts"
export type { ContractCase, StoreSubject } from "./contract-case.ts"

/**
 * What every store must do, one case per requirement. Each case wants a fresh, empty place and opens it itself,
 * sometimes several times; times come from the clock that the case hands to `open`, never from the wall.
 *
 * @example
 * for (const { name, run } of grantStoreContract()) {
 *   test(name, () => {
 *     const driver = sqliteStore(join(mkdtempSync(join(tmpdir(), "store-")), "test.db"))
 *     return run({ open: async (context) => driver.open(context) })
 *   })
 * }
 */
export function grantStoreContract(): ContractCase[] {
  return [
    ...readingLogins,
    ...creatingLogins,
    ...linkingGrants,
    ...updatingLogins,
    ...identifiers,
    ...refreshing,
    ...committingRefreshes,
    ...endingLogins,
    ...endingGrants,
    ...data,
    ...leases,
    ...outbox,
    ...changes,
    ...sweeping,
    ...namespaces,
    ...races,
    ...lifecycle,
  ]
}

/**
 * What every writer of an account table must do, one case per requirement. The subject's tables may be shared by
 * all cases: each has rows of its own.
 *
 * @example
 * for (const { name, run } of accountWriterContract()) {
 *   test(name, () => run({ full, narrow, openLacking: () => sqliteAccounts(database, { table: "lacking" }) }))
 * }
 */
export function accountWriterContract(): AccountWriterCase[] {
  return [...finding, ...comparing, ...writing, ...checking]
}
