import type { GrantStore, RefreshGuard } from "../../store/grant-store.ts"
import { toJson } from "../../store/json-text.ts"
import type { GrantKey } from "../../store/records.ts"
import { toSpentToken } from "./rows.ts"
import type { PostgresView } from "./view.ts"

const keyValues = ({ loginId, provider, providerAccountId }: GrantKey): [string, string, string] => [
  loginId,
  provider,
  providerAccountId,
]
const guardValues = ({ grant, generation, tokenHash }: RefreshGuard): unknown[] => [
  ...keyValues(grant),
  generation,
  tokenHash,
]

export function refreshMethods(
  view: PostgresView,
): Pick<GrantStore, "beginRefresh" | "cancelRefresh" | "commitRefresh" | "writeClaims" | "findSpentToken"> {
  const { schema, namespace } = view
  return {
    beginRefresh(guard, { owner, at, instead }) {
      const noted = instead === undefined ? null : (instead ?? "")
      return view.answer("begin_refresh", [...guardValues(guard), owner, at, noted])
    },

    async cancelRefresh(guard, owner) {
      await view.query(
        `UPDATE ${schema}.grants SET intent_token_hash = NULL, intent_owner = NULL, intent_at = NULL
         WHERE namespace = $1 AND login_id = $2 AND provider = $3 AND provider_account_id = $4
           AND generation = $5 AND token_hash = $6 AND intent_token_hash = token_hash AND intent_owner = $7`,
        [namespace, ...guardValues(guard), owner],
      )
    },

    commitRefresh: (guard, next, spentUntil) =>
      view.answer("commit_refresh", [...guardValues(guard), toJson(next), spentUntil]),

    writeClaims: (grant, generation, sealedClaims) =>
      view.answer("write_claims", [...keyValues(grant), generation, sealedClaims]),

    async findSpentToken(tokenHash) {
      const [row] = await view.query(
        `SELECT login_id, provider, provider_account_id, generation FROM ${schema}.spent_tokens
         WHERE namespace = $1 AND token_hash = $2 AND until > $3`,
        [namespace, tokenHash, view.now()],
      )
      return row && toSpentToken(row)
    },
  }
}
