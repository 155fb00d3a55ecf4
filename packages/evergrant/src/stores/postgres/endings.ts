import type { GrantStore } from "../../store/grant-store.ts"
import { toJson } from "../../store/json-text.ts"
import { selectorValues } from "./logins.ts"
import { toLogin } from "./rows.ts"
import type { PostgresView } from "./view.ts"

export function endingMethods(view: PostgresView): Pick<GrantStore, "endLogins" | "endGrant"> {
  return {
    async endLogins({ by, reason, at, tombstoneUntil, outbox = [] }) {
      const rows = await view.call("end_logins", [
        ...selectorValues(by),
        reason,
        at,
        tombstoneUntil,
        toJson(outbox),
      ])
      return rows.map(toLogin)
    },

    endGrant: ({ grant, held, reason, at, tombstoneUntil, outbox = [] }) =>
      view.answer("end_grant", [
        grant.loginId,
        grant.provider,
        grant.providerAccountId,
        held?.generation ?? null,
        held?.tokenHash ?? null,
        reason,
        at,
        tombstoneUntil,
        toJson(outbox),
      ]),
  }
}
