/** Takes a login out of the store for its cookie. */
import { openRecord } from "../refresh/open-record.ts"
import type { Parts } from "../refresh/parts.ts"
import type { StoredGrant } from "../store/records.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import {
  type GrantSnapshot,
  isBehind,
  type LoginSnapshot,
  readSnapshot,
  snapshotFormat,
} from "./login-snapshot.ts"

/**
 * Returns what the cookie of a login has to carry; `undefined` if what it carries (`held`) will do, or if there is
 * nothing to carry because the login is over or cannot be opened.
 *
 * @throws {StoreError} `store_unavailable`.
 */
export async function takeSnapshot(
  parts: Parts,
  handle: string,
  held?: unknown,
): Promise<LoginSnapshot | undefined> {
  const { vault } = parts
  const record = await (await vault.store()).readLogin(await hashSecret(handle))
  if (record?.status !== "live") return undefined
  const carried = readSnapshot(held)
  if (carried && !isBehind(carried, record)) return undefined

  const { loginId, createdAt, expiresAt, revision, version, data } = record
  const content = await openRecord(parts, loginId, "login", () => vault.openLogin(record))
  const grants = await Promise.all(record.grants.map((grant) => takeGrant(parts, grant)))
  const fields = data && (await openRecord(parts, loginId, "data", () => vault.openData(data)))
  if (!content || !grants.every((grant) => grant !== undefined)) return undefined
  return {
    format: snapshotFormat,
    namespace: parts.namespace,
    loginId,
    createdAt,
    expiresAt,
    revision,
    version,
    content,
    grants,
    data: data && fields ? { version: data.version, fields } : null,
  }
}

async function takeGrant(parts: Parts, grant: StoredGrant): Promise<GrantSnapshot | undefined> {
  const { loginId, provider, providerAccountId, issuer, clientId, sid, sub } = grant
  const { generation, firstIssuedAt } = grant
  const tokens = await openRecord(parts, loginId, "grant", () => parts.vault.openTokens(grant))
  const claims = await openRecord(parts, loginId, "grant", () => parts.vault.openClaims(grant))
  if (!tokens || !claims) return undefined
  // A cookie of a few kilobytes has room for one access token. The others stay in the memory of the process.
  const { variants: _, ...carried } = tokens
  const place = { provider, providerAccountId, issuer, clientId, sid, sub }
  return { ...place, generation, firstIssuedAt, tokens: carried, claims }
}
