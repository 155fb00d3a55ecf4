import type { GrantStore } from "../../store/grant-store.ts"
import type { LoginRecord } from "../../store/records.ts"
import { publish, publishLoginUpdate } from "./changes.ts"
import { findGrant, grantCondition, grantValues, holds, readGrants } from "./grants.ts"
import { selectLogins } from "./logins.ts"
import { remember } from "./outbox.ts"
import { buryKey, buryLogin, type End, findLiveLogin, tombstoneName } from "./tombstones.ts"
import type { SqliteView, Transaction } from "./view.ts"

/** Removes the sealed contents of a login; its handles stay, and lead to the tombstone. */
function removeLogin(tx: Transaction, loginId: string): void {
  tx.prepare("DELETE FROM grants WHERE namespace = ? AND login_id = ?").run(tx.namespace, loginId)
  tx.prepare("DELETE FROM logins WHERE namespace = ? AND login_id = ?").run(tx.namespace, loginId)
}

function endLogin(tx: Transaction, { loginId, user }: LoginRecord, end: End): void {
  buryLogin(tx, loginId, end)
  removeLogin(tx, loginId)
  publish(tx, { kind: "login.ended", loginId, user, reason: end.reason })
}

export function endingMethods(view: SqliteView): Pick<GrantStore, "endLogins" | "endGrant"> {
  return {
    async endLogins({ by, outbox = [], ...end }) {
      return view.write((tx) => {
        const logins = selectLogins(tx, by, "sid" in by || "sub" in by ? end.at : undefined)
        if ("loginId" in by) {
          buryLogin(tx, by.loginId, end)
          removeLogin(tx, by.loginId)
        } else if (!("user" in by)) {
          buryKey(tx, tombstoneName(by), end)
        }
        for (const login of logins) endLogin(tx, login, end)
        for (const entry of outbox) remember(tx, entry)
        return logins
      })
    },

    async endGrant({ grant: key, held, outbox = [], ...end }) {
      return view.write((tx) => {
        const found = findLiveLogin(tx, key.loginId)
        if (typeof found === "string") return "missing"
        const grant = findGrant(tx, key)
        if (!grant) return "missing"
        if (held && !holds(grant, held)) return "conflict"
        tx.prepare(`DELETE FROM grants WHERE ${grantCondition}`).run(...grantValues(tx, key))
        if (readGrants(tx, key.loginId).length > 0) {
          publishLoginUpdate(tx, found.login)
          return "grant_ended"
        }
        endLogin(tx, found.login, end)
        for (const entry of outbox) remember(tx, entry)
        return "login_ended"
      })
    },
  }
}
