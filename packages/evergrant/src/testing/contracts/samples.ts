/** Records for the cases: alike unless a case says otherwise. Nothing here is a real secret or token. */
import assert from "node:assert/strict"
import type { EpochSeconds } from "../../clock.ts"
import type { EndLogins, GrantStore, NewGrant, RefreshGuard, RotatedGrant } from "../../store/grant-store.ts"
import type { GrantRecord, LoginRecord, LoginSelector, OutboxEntry } from "../../store/records.ts"
import type { StoreWorld } from "./contract-case.ts"

export const issuer = "https://issuer.example"
export const clientId = "client"

export const bySid: LoginSelector = { issuer, clientId, sid: "sid" }
export const bySub: LoginSelector = { issuer, clientId, sub: "sub" }

export function sampleLogin(now: EpochSeconds, fields: Partial<LoginRecord> = {}): LoginRecord {
  return {
    loginId: "login",
    user: "user",
    createdAt: now,
    expiresAt: now + 3600,
    revision: 1,
    sealedLogin: "sealed login",
    ...fields,
  }
}

export function sampleGrant(now: EpochSeconds, fields: Partial<NewGrant> = {}): NewGrant {
  return {
    provider: "oidc",
    providerAccountId: "account",
    issuer,
    clientId,
    sid: "sid",
    sub: "sub",
    generation: 1,
    tokenHash: "token-1",
    firstIssuedAt: now,
    receivedAt: now,
    expiresAt: now + 300,
    sessionExpiresAt: now + 1800,
    sealedTokens: "sealed tokens 1",
    sealedClaims: "sealed claims 1",
    ...fields,
  }
}

export function sampleRotation(now: EpochSeconds, fields: Partial<RotatedGrant> = {}): RotatedGrant {
  return {
    tokenHash: "token-2",
    receivedAt: now,
    expiresAt: now + 300,
    sessionExpiresAt: now + 1800,
    sealedTokens: "sealed tokens 2",
    sealedClaims: "sealed claims 2",
    ...fields,
  }
}

export function sampleEntry(now: EpochSeconds, fields: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    id: "entry",
    kind: "revoke",
    sealedPayload: "sealed payload",
    dueAt: now,
    expiresAt: now + 3600,
    attempts: 0,
    ...fields,
  }
}

export function sampleEnd(now: EpochSeconds, by: LoginSelector, fields: Partial<EndLogins> = {}): EndLogins {
  return { by, reason: "provider_session_ended", at: now, tombstoneUntil: now + 7200, ...fields }
}

/** The right to refresh a grant as it was read or as it was made. */
export function guardOf(grant: Omit<GrantRecord, "loginId">, loginId = "login"): RefreshGuard {
  const { provider, providerAccountId, generation, tokenHash } = grant
  return { grant: { loginId, provider, providerAccountId }, generation, tokenHash }
}

/** Stores a login with one grant, and returns the right to refresh that grant. */
export async function signIn(
  { store, clock }: { store: GrantStore; clock: StoreWorld["clock"] },
  fields: { login?: Partial<LoginRecord>; grant?: Partial<NewGrant>; handle?: string } = {},
): Promise<RefreshGuard> {
  const login = sampleLogin(clock.now(), fields.login)
  const grant = sampleGrant(clock.now(), fields.grant)
  assert.equal(await store.createLogin(login, fields.handle ?? "handle", [grant]), "stored")
  return guardOf(grant, login.loginId)
}
