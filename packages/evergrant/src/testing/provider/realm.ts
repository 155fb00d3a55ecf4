/** Everything that one embedded provider knows, in one place. Nothing of it is shared between instances. */
import { type AccessTokens, createAccessTokens } from "./access-tokens.ts"
import { type ClientAccounts, type ClientOptions, createClientAccounts } from "./clients.ts"
import { type CounterLedger, createCounters } from "./counters.ts"
import { createFaults, type FaultSwitch } from "./faults.ts"
import { createMemoryModel, type MemoryModel } from "./memory-model.ts"
import { createRefreshTokens, type RefreshTokens } from "./refresh-tokens.ts"
import { createSettings, type SettingsControl, type SettingsPatch } from "./settings.ts"
import { createSigningKeys, type SigningKeys } from "./signing-keys.ts"
import { createSsoSessions, type SsoSessions } from "./sso-sessions.ts"
import { createUserAccounts, type UserAccounts, type UserOptions } from "./users.ts"

/** The state behind one issuer. */
export interface Realm {
  readonly name: string
  /** `/realms/NAME`. */
  readonly basePath: string
  readonly origin: string
  readonly issuer: string
  readonly showUsers: boolean
  readonly keys: SigningKeys
  readonly users: UserAccounts
  readonly clients: ClientAccounts
  readonly settings: SettingsControl
  readonly sessions: SsoSessions
  readonly refreshTokens: RefreshTokens
  readonly accessTokens: AccessTokens
  readonly grants: MemoryModel
  readonly codes: MemoryModel
  readonly counters: CounterLedger
  readonly faults: FaultSwitch
}

/** What a realm is made from. */
export interface RealmOptions {
  name: string
  origin: string
  showUsers: boolean
  users: readonly UserOptions[] | undefined
  clients: readonly ClientOptions[] | undefined
  settings: SettingsPatch
}

/** Creates the state of one provider. */
export async function createRealm(options: RealmOptions): Promise<Realm> {
  const settings = createSettings(options.settings)
  const grants = createMemoryModel()
  const sessions = createSsoSessions(settings)
  return Object.freeze({
    name: options.name,
    basePath: `/realms/${options.name}`,
    origin: options.origin,
    issuer: `${options.origin}/realms/${options.name}`,
    showUsers: options.showUsers,
    users: createUserAccounts(options.name, options.users),
    clients: createClientAccounts(options.clients),
    settings,
    sessions,
    refreshTokens: createRefreshTokens(settings, grants.forget),
    accessTokens: createAccessTokens(sessions.isAlive, (id) => grants.peek(id) !== undefined),
    grants,
    codes: createMemoryModel(),
    counters: createCounters(),
    faults: createFaults(),
    keys: await createSigningKeys(),
  })
}
