import type { EpochSeconds } from "../../clock.ts"
import type { SignedOutReason } from "../../errors.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import type { Change } from "../../store/records.ts"
import { publish, publishLoginUpdate } from "./changes.ts"
import { holds } from "./grants.ts"
import { selectLogins } from "./logins.ts"
import { remember } from "./outbox.ts"
import { copyLogin, grantName, type LoginRow, type MemoryTables, type MemoryView } from "./tables.ts"
import { buryKey, buryLogin, findLiveLogin, tombstoneName } from "./tombstones.ts"

interface End {
  reason: SignedOutReason
  at: EpochSeconds
  tombstoneUntil: EpochSeconds
}

/** Removes a login and leaves its tombstone; its handles stay, and lead to the tombstone. */
function endLogin(tables: MemoryTables, row: LoginRow, end: End, now: EpochSeconds): Omit<Change, "cursor"> {
  const { loginId, user } = row.login
  buryLogin(tables, loginId, end, now)
  tables.logins.delete(loginId)
  return { kind: "login.ended", loginId, user, reason: end.reason }
}

export function endingMethods(view: MemoryView): Pick<GrantStore, "endLogins" | "endGrant"> {
  return {
    async endLogins({ by, outbox = [], ...end }) {
      const tables = view.tables()
      const now = view.clock.now()
      const rows = selectLogins(tables, by, now, "sid" in by || "sub" in by ? end.at : undefined)
      const ended = rows.map((row) => copyLogin(tables, row))
      if ("loginId" in by) {
        buryLogin(tables, by.loginId, end, now)
        tables.logins.delete(by.loginId)
      } else if (!("user" in by)) {
        buryKey(tables, tombstoneName(by), end, now)
      }
      const changes = rows.map((row) => endLogin(tables, row, end, now))
      for (const entry of outbox) remember(tables, entry)
      publish(tables, now, changes)
      return ended
    },

    async endGrant({ grant: key, held, outbox = [], ...end }) {
      const tables = view.tables()
      const now = view.clock.now()
      const row = findLiveLogin(tables, key.loginId, now)
      const grant = typeof row === "string" ? undefined : row.grants.get(grantName(key))
      if (typeof row === "string" || !grant) return "missing"
      if (held && !holds(grant, held)) return "conflict"
      row.grants.delete(grantName(key))
      if (row.grants.size > 0) {
        publishLoginUpdate(tables, now, row)
        return "grant_ended"
      }
      const change = endLogin(tables, row, end, now)
      for (const entry of outbox) remember(tables, entry)
      publish(tables, now, [change])
      return "login_ended"
    },
  }
}
