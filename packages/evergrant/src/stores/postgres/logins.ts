import type { SignedOutReason } from "../../errors.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import { toJson } from "../../store/json-text.ts"
import type { LoginSelector } from "../../store/records.ts"
import { toLogin } from "./rows.ts"
import type { PostgresView } from "./view.ts"

/** A selector as the functions of the schema take it: kind, issuer, client, value. */
export function selectorValues(by: LoginSelector): [string, string, string, string] {
  if ("loginId" in by) return ["login", "", "", by.loginId]
  if ("user" in by) return ["user", "", "", by.user]
  if ("sid" in by) return ["sid", by.issuer, by.clientId, by.sid]
  return ["sub", by.issuer, by.clientId, by.sub]
}

export function loginMethods(
  view: PostgresView,
): Pick<
  GrantStore,
  "readLogin" | "createLogin" | "linkGrant" | "updateLogin" | "extendLogin" | "listLogins"
> {
  const { schema, namespace } = view
  return {
    async readLogin(handleHash) {
      const now = view.now()
      const [row] = await view.query(
        `SELECT handles.login_id AS handle_login_id, handles.expires_at AS handle_expires_at,
           tombstones.reason AS end_reason, tombstones.at AS end_at, stored.*
         FROM ${schema}.handles
         LEFT JOIN ${schema}.tombstones ON tombstones.namespace = handles.namespace
           AND tombstones.kind = 'login' AND tombstones.value = handles.login_id
           AND tombstones.issuer = '' AND tombstones.client_id = '' AND tombstones.until > $3
         LEFT JOIN ${schema}.stored_logins AS stored
           ON stored.namespace = handles.namespace AND stored.login_id = handles.login_id
         WHERE handles.namespace = $1 AND handles.handle_hash = $2
           AND (handles.expires_at IS NULL OR handles.expires_at > $3)`,
        [namespace, handleHash, now],
      )
      if (!row) return undefined
      const loginId = row.handle_login_id as string
      if (row.end_reason) {
        const reason = row.end_reason as SignedOutReason
        return { status: "ended", loginId, reason, at: Number(row.end_at) }
      }
      if (row.login_id == null) return undefined
      const login = toLogin(row)
      const { expiresAt } = login
      if (expiresAt <= now) return { status: "ended", loginId, reason: "session_expired", at: expiresAt }
      return row.handle_expires_at == null
        ? login
        : { ...login, oldHandleUntil: Number(row.handle_expires_at) }
    },

    createLogin: ({ loginId, user, createdAt, expiresAt, revision, sealedLogin }, handleHash, grants) =>
      view.answer("create_login", [
        loginId,
        user,
        createdAt,
        expiresAt,
        revision,
        sealedLogin,
        handleHash,
        toJson(grants),
      ]),

    linkGrant: ({ loginId, grant, handleHash, oldHandleUntil }) =>
      view.answer("link_grant", [loginId, toJson(grant), handleHash, oldHandleUntil]),

    updateLogin: ({ loginId, revision, sealedLogin }) =>
      view.answer("update_login", [loginId, revision, sealedLogin]),

    extendLogin: (loginId, expiresAt) => view.answer("extend_login", [loginId, expiresAt]),

    async listLogins(by) {
      const rows = await view.query(
        `SELECT * FROM ${schema}.stored_logins AS stored WHERE stored.namespace = $1 AND stored.expires_at > $2
           AND stored.login_id IN (SELECT ${schema}.select_logins($1, $3, $4, $5, $6, 'Infinity'))
         ORDER BY stored.created_at, stored.login_id`,
        [namespace, view.now(), ...selectorValues(by)],
      )
      return rows.map(toLogin)
    },
  }
}
