/**
 * What the scripts return, and the records that it stands for. The keys are the store's own, so a reply has the form
 * that is written here or another program wrote there; that is why it is believed and not checked field by field.
 */
import type { RefreshGuard, WriteOutcome } from "../../store/grant-store.ts"
import type {
  Change,
  DataRecord,
  GrantKey,
  LoginRecord,
  OutboxEntry,
  SpentToken,
  StoredGrant,
  StoredLogin,
} from "../../store/records.ts"

/** A record as it is stored: numbers are text. */
type Stored<T> = {
  [K in keyof T]: T[K] extends number ? string : T[K] extends number | null ? string | null : T[K]
}

/** A login as a script describes it: the login, the data of its user, and its grants. */
export type LoginReply = [login: string, data: string | null, ...grants: string[]]

const numberOrNull = (text: string | null): number | null => (text === null ? null : Number(text))

/** The key of a grant and nothing else: callers hand over whole records, which need not travel. */
export function grantKeyOf({ loginId, provider, providerAccountId }: GrantKey): GrantKey {
  return { loginId, provider, providerAccountId }
}

/** A guard and nothing else. */
export function guardOf({ grant, generation, tokenHash }: RefreshGuard): RefreshGuard {
  return { grant: grantKeyOf(grant), generation, tokenHash }
}

export function toOutcome(reply: unknown): WriteOutcome {
  return reply as WriteOutcome
}

export function toData(user: string, reply: string): DataRecord {
  const { version, sealedData } = JSON.parse(reply) as Stored<DataRecord>
  return { user, version: Number(version), sealedData }
}

function toGrant(reply: string): StoredGrant {
  const stored = JSON.parse(reply) as Stored<StoredGrant>
  const intent = stored.intent
  return {
    loginId: stored.loginId,
    provider: stored.provider,
    providerAccountId: stored.providerAccountId,
    issuer: stored.issuer,
    clientId: stored.clientId,
    sid: stored.sid,
    sub: stored.sub,
    generation: Number(stored.generation),
    tokenHash: stored.tokenHash,
    firstIssuedAt: Number(stored.firstIssuedAt),
    receivedAt: Number(stored.receivedAt),
    expiresAt: Number(stored.expiresAt),
    sessionExpiresAt: numberOrNull(stored.sessionExpiresAt),
    sealedTokens: stored.sealedTokens,
    sealedClaims: stored.sealedClaims,
    intent: intent && { tokenHash: intent.tokenHash, owner: intent.owner, at: Number(intent.at) },
  }
}

export function toLogin([login, data, ...grants]: LoginReply): StoredLogin {
  const stored = JSON.parse(login) as Stored<LoginRecord & { version: number }>
  return {
    loginId: stored.loginId,
    user: stored.user,
    createdAt: Number(stored.createdAt),
    expiresAt: Number(stored.expiresAt),
    revision: Number(stored.revision),
    sealedLogin: stored.sealedLogin,
    status: "live",
    version: Number(stored.version),
    grants: grants.map(toGrant),
    data: data === null ? null : toData(stored.user, data),
  }
}

export function toSpentToken(reply: string): SpentToken {
  const { loginId, provider, providerAccountId, generation } = JSON.parse(reply) as Stored<SpentToken>
  return { loginId, provider, providerAccountId, generation: Number(generation) }
}

export function toOutboxEntry(reply: string): OutboxEntry {
  const { id, kind, sealedPayload, dueAt, expiresAt, attempts } = JSON.parse(reply) as Stored<OutboxEntry>
  return {
    id,
    kind,
    sealedPayload,
    dueAt: Number(dueAt),
    expiresAt: Number(expiresAt),
    attempts: Number(attempts),
  }
}

/** Changes as a script lists them: for each its position and its record. */
export function toChanges(reply: readonly string[]): Change[] {
  const changes: Change[] = []
  for (let i = 0; i + 1 < reply.length; i += 2) {
    const { kind, loginId, user, reason } = JSON.parse(reply[i + 1] ?? "") as Change
    changes.push({ cursor: Number(reply[i]), kind, loginId, user, reason })
  }
  return changes
}
