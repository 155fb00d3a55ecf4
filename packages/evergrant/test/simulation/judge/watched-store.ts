/** The store with a judge beside it, who sees each step as it takes effect. */
import type { GrantStore } from "../../../src/store/grant-store.ts"
import type { MemoryTables } from "../../../src/stores/memory/tables.ts"
import type { Plan } from "../world/plan.ts"
import type { RotatingProvider } from "../world/rotating-provider.ts"
import { judgeEnding } from "./judge-ending.ts"
import type { Ledger } from "./ledger.ts"

/** Wraps the methods by which grants change and logins end. */
export function watchStore(
  store: GrantStore,
  tables: MemoryTables,
  { ledger, plan, provider }: { ledger: Ledger; plan: Plan; provider: RotatingProvider },
): GrantStore {
  return {
    ...store,

    async commitRefresh(guard, next, spentUntil) {
      const { loginId } = guard.grant
      const login = ledger.logins.get(loginId)
      const isLive = tables.logins.has(loginId)
      const outcome = await store.commitRefresh(guard, next, spentUntil)
      const token = ledger.tokensByHash.get(next.tokenHash)
      if (!login || !token) {
        ledger.violate("unknown token stored", loginId)
        return outcome
      }
      const follows = token.parent === login.stored
      if (outcome === "stored") {
        if (!follows) ledger.violate("chain went back", `${token.text} was stored over ${login.stored.text}`)
        login.stored = token
        ledger.counts.refreshes += 1
        for (const one of ledger.presentations) if (one.issued === token) one.stored = true
        const lost = ledger.presentations.some(
          (one) => one.token === token.parent && !one.stored && one.issued,
        )
        if (lost) ledger.counts.recovered += 1
      } else if (outcome !== "conflict" && !isLive) {
        for (const one of ledger.presentations) if (one.issued === token) one.cameLate = true
      } else if (follows) {
        ledger.violate(
          "rotation refused",
          `${token.text} was not stored, although ${login.stored.text} is held`,
        )
      }
      return outcome
    },

    async endGrant(end) {
      const outcome = await store.endGrant(end)
      const login = ledger.logins.get(end.grant.loginId)
      if (login && outcome === "login_ended") judgeEnding(ledger, plan, provider, login, end.reason)
      return outcome
    },

    async endLogins(end) {
      const logins = await store.endLogins(end)
      for (const { loginId } of logins) {
        const login = ledger.logins.get(loginId)
        if (login) judgeEnding(ledger, plan, provider, login, end.reason)
      }
      return logins
    },
  }
}

/** What must be true of the records after every step. */
export function judgeRecords(ledger: Ledger, tables: MemoryTables): void {
  for (const { loginId, ended, stored } of ledger.logins.values()) {
    const row = tables.logins.get(loginId)
    if (ended && row) ledger.violate("ended login brought back", loginId)
    if (!row) continue
    for (const grant of row.grants.values()) {
      const token = ledger.tokensByHash.get(grant.tokenHash)
      if (token !== stored)
        ledger.violate("chain went back", `${token?.text} lies where ${stored.text} was stored`)
      if (tables.spentTokens.has(grant.tokenHash)) {
        ledger.violate("spent token held", `${token?.text}, whose successor was stored`)
      }
    }
  }
}
