/** The store with its seals: everything above this file sees open records, everything below sealed ones. */
import type { AccountKey, AccountPatch, AccountRow } from "../accounts/account-writer.ts"
import { openColumns, sealColumns } from "../accounts/sealed-columns.ts"
import type { RandomBytes } from "../clock.ts"
import type { ClaimValues } from "../tokens/claims.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import type { TokenSet } from "../tokens/token-set.ts"
import type { GrantStore } from "./grant-store.ts"
import type {
  DataRecord,
  EndedLogin,
  GrantKey,
  GrantRecord,
  LoginRecord,
  OutboxEntry,
  StoredGrant,
  StoredLogin,
} from "./records.ts"
import type { Sealer } from "./seal.ts"

/** What a login itself remembers. */
export interface LoginContent {
  /** The Auth.js token as the application's `jwt` callback returned it, without the registered claims. */
  token: Record<string, unknown>
  /** The provider of the sign-in. */
  provider: string
  /** In the database strategy: the token of the session row that ends with this login. */
  sessionToken?: string
  /** Tokens that it had before an account was linked. Their rows live a moment longer, and end with the login too. */
  oldSessionTokens?: string[]
}

/** The verified claims of one grant. */
export interface GrantClaims {
  /** Declared claims, by their declared path. */
  declared: ClaimValues
  /** Standard claims that feed `session.user`. */
  profile: ClaimValues
  /** `iat` of the ID token that the claims were read from. */
  idTokenIssuedAt: number | null
  /** Its `nonce`; `null`: it has none. Absent in records of before it was kept, as is the next one. */
  nonce?: string | null
  /** Its `auth_time`: when the user proved who they are. Grows with a step-up. */
  authTime?: number | null
}

export type SessionData = Record<string, unknown>

type GrantPlace = GrantKey & Pick<GrantRecord, "issuer" | "clientId">

export interface Vault {
  /** The opened store. */
  store(): Promise<GrantStore>
  /** A new secret handle, 256 bits, and what the store may know of it. */
  newHandle(): Promise<{ handle: string; handleHash: string }>
  /** A new random id, fit for logs. */
  newId(prefix: string): string
  read(handle: string): Promise<StoredLogin | EndedLogin | undefined>
  sealLogin(loginId: string, revision: number, content: LoginContent): Promise<string>
  openLogin(login: LoginRecord): Promise<LoginContent>
  sealTokens(grant: GrantPlace, generation: number, tokens: TokenSet): Promise<string>
  openTokens(grant: GrantRecord | StoredGrant): Promise<TokenSet>
  sealClaims(grant: GrantPlace, generation: number, claims: GrantClaims): Promise<string>
  openClaims(grant: GrantRecord | StoredGrant): Promise<GrantClaims>
  sealData(user: string, version: number, data: SessionData): Promise<string>
  openData(record: DataRecord): Promise<SessionData>
  sealWork(id: string, work: unknown): Promise<string>
  openWork(entry: OutboxEntry): Promise<unknown>
  /** Seals the token columns of an account row. */
  sealAccount(key: AccountKey, patch: AccountPatch): Promise<AccountPatch>
  /** Opens what is sealed in an account row; plain values stay as they are. */
  openAccount(row: AccountRow): Promise<AccountRow>
}

/** Joins a store and a sealer. Every `open…` throws {@link StoreError} `record_unreadable`. */
export function createVault(open: () => Promise<GrantStore>, sealer: Sealer, random: RandomBytes): Vault {
  const secretText = (length: number) => Buffer.from(random(length)).toString("base64url")
  return {
    store: open,

    async newHandle() {
      const handle = secretText(32)
      return { handle, handleHash: await hashSecret(handle) }
    },

    newId: (prefix) => `${prefix}_${secretText(12)}`,

    async read(handle) {
      const store = await open()
      return store.readLogin(await hashSecret(handle))
    },

    sealLogin: (loginId, revision, content) => sealer.seal("login", [loginId, revision], content),
    openLogin: async (login) =>
      (await sealer.open("login", [login.loginId, login.revision], login.sealedLogin)) as LoginContent,

    sealTokens: (grant, generation, tokens) => sealer.seal("grant.tokens", place(grant, generation), tokens),
    openTokens: async (grant) =>
      (await sealer.open("grant.tokens", place(grant, grant.generation), grant.sealedTokens)) as TokenSet,

    sealClaims: (grant, generation, claims) => sealer.seal("grant.claims", place(grant, generation), claims),
    openClaims: async (grant) =>
      (await sealer.open("grant.claims", place(grant, grant.generation), grant.sealedClaims)) as GrantClaims,

    sealData: (user, version, data) => sealer.seal("data", [user, version], data),
    openData: async (record) =>
      (await sealer.open("data", [record.user, record.version], record.sealedData)) as SessionData,

    sealWork: (id, work) => sealer.seal("outbox", [id], work),
    openWork: (entry) => sealer.open("outbox", [entry.id], entry.sealedPayload),

    sealAccount: (key, patch) => sealColumns(sealer, key, patch),
    openAccount: (row) => openColumns(sealer, row),
  }
}

function place(grant: GrantPlace, generation: number): (string | number)[] {
  return [grant.loginId, grant.issuer, grant.clientId, grant.provider, grant.providerAccountId, generation]
}
