/** Puts a login back into the store that came along in its cookie. */
import type { Parts } from "../refresh/parts.ts"
import type { NewGrant } from "../store/grant-store.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import { type GrantSnapshot, isAhead, type LoginSnapshot, readSnapshot } from "./login-snapshot.ts"

/**
 * Restores what the store does not know, or knows older. A store that keeps what it is given needs none of it and is
 * left alone; so is a login of another namespace.
 *
 * @param user The application's user, as the cookie names it.
 * @param held What the cookie carries.
 * @returns `unreadable`: nobody here can tell what the cookie holds.
 * @throws {StoreError} `store_unavailable`.
 */
export async function restoreLogin(
  parts: Parts,
  handle: string,
  user: string,
  held: unknown,
): Promise<"readable" | "unreadable"> {
  const store = await parts.vault.store()
  if (!store.restore || held === undefined) return "readable"
  const snapshot = readSnapshot(held)
  if (!snapshot) return "unreadable"
  if (snapshot.namespace !== parts.namespace) return "readable"

  const handleHash = await hashSecret(handle)
  const known = await store.readLogin(handleHash)
  if (known && (known.status === "ended" || !isAhead(snapshot, known))) return "readable"
  await store.restore({
    login: await sealLogin(parts, user, snapshot),
    version: snapshot.version,
    handleHash,
    grants: await Promise.all(snapshot.grants.map((grant) => sealGrant(parts, snapshot.loginId, grant))),
    data: snapshot.data && {
      user,
      version: snapshot.data.version,
      sealedData: await parts.vault.sealData(user, snapshot.data.version, snapshot.data.fields),
    },
  })
  return "readable"
}

async function sealLogin(parts: Parts, user: string, snapshot: LoginSnapshot) {
  const { loginId, createdAt, expiresAt, revision, content } = snapshot
  const sealedLogin = await parts.vault.sealLogin(loginId, revision, content)
  return { loginId, user, createdAt, expiresAt, revision, sealedLogin }
}

async function sealGrant(
  parts: Parts,
  loginId: string,
  { tokens, claims, ...grant }: GrantSnapshot,
): Promise<NewGrant> {
  const place = { ...grant, loginId }
  return {
    ...grant,
    tokenHash: await hashSecret(tokens.refreshToken),
    receivedAt: tokens.receivedAt,
    expiresAt: tokens.expiresAt,
    sessionExpiresAt: tokens.sessionExpiresAt,
    sealedTokens: await parts.vault.sealTokens(place, grant.generation, tokens),
    sealedClaims: await parts.vault.sealClaims(place, grant.generation, claims),
  }
}
