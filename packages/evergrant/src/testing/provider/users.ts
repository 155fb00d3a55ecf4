/** The people of the embedded provider. Every read sees the newest state, as claims do at the next refresh. */
import { createHash, timingSafeEqual } from "node:crypto"
import { ConfigurationError } from "../../errors.ts"
import type { JsonObject } from "./json-object.ts"

/** A user to create. Everything but the name has a default. */
export interface UserOptions {
  username: string
  /** Subject identifier. Default: derived from realm and user name, so that it survives a restart. */
  sub?: string
  /** Default: the user name. */
  password?: string
  /** Default: `USERNAME@example.test`. */
  email?: string
  /** Default `true`. */
  emailVerified?: boolean
  /** Full name. Default: given and family name. */
  name?: string
  /** Default: the user name with a capital first letter. */
  givenName?: string
  /** Default `"Example"`. */
  familyName?: string
  /** Custom attributes. Each becomes a claim of its own when `profile` was asked. Default `{}`. */
  attributes?: JsonObject
  /** Realm roles. They appear in the access token only, as at Keycloak. Default `["user"]`. */
  roles?: readonly string[]
  /** A disabled user is refused everywhere; enabling makes the old tokens work again. Default `true`. */
  enabled?: boolean
}

/** One user as of now. A snapshot: it does not follow later changes. */
export interface User {
  readonly sub: string
  readonly username: string
  readonly email: string
  readonly emailVerified: boolean
  readonly name: string
  readonly givenName: string
  readonly familyName: string
  readonly attributes: JsonObject
  readonly roles: readonly string[]
  readonly enabled: boolean
}

/** A change of a user. `attributes` are merged; an attribute set to `null` is removed. */
export type UserPatch = Partial<Omit<UserOptions, "sub" | "username">>

/** Reads and changes the users of an embedded provider. */
export interface UserDirectory {
  add(user: UserOptions): User
  get(username: string): User | undefined
  list(): readonly User[]
  /** Changes some fields. The claims follow at the next refresh, userinfo at once. */
  update(username: string, patch: UserPatch): User
  setRoles(username: string, roles: readonly string[]): User
  disable(username: string): User
  enable(username: string): User
  /** Removes the user. Returns whether there was one. */
  remove(username: string): boolean
}

/** What the provider itself needs on top of {@link UserDirectory}. */
export interface UserAccounts extends UserDirectory {
  bySub(sub: string): User | undefined
  /** The user with this name and password, if there is one. Whether it is enabled is another question. */
  authenticate(username: string, password: string): User | undefined
}

interface Account {
  user: User
  passwordHash: Buffer
}

const defaultUsers: readonly UserOptions[] = [
  { username: "alice", familyName: "Liddell", attributes: { plan: "free" } },
  { username: "bob", familyName: "Builder", attributes: { plan: "pro" }, roles: ["user", "editor"] },
]

/** Creates the directory of one realm. */
export function createUserAccounts(
  realm: string,
  users: readonly UserOptions[] = defaultUsers,
): UserAccounts {
  const accounts = new Map<string, Account>()

  const existing = (username: string): Account => {
    const account = accounts.get(username)
    if (!account) throw new ConfigurationError("option_invalid", `There is no user "${username}".`)
    return account
  }
  const add = (options: UserOptions): User => {
    if (!options.username) throw new ConfigurationError("option_invalid", "A user needs a username.")
    if (accounts.has(options.username)) {
      throw new ConfigurationError("option_invalid", `The user "${options.username}" exists already.`)
    }
    const user = toUser(realm, options)
    if (bySub(user.sub)) {
      throw new ConfigurationError("option_invalid", `Another user has the sub "${user.sub}" already.`)
    }
    accounts.set(user.username, { user, passwordHash: sha256(options.password ?? options.username) })
    return user
  }
  const update = (username: string, patch: UserPatch): User => {
    const account = existing(username)
    const { password, attributes, ...fields } = patch
    const { givenName = account.user.givenName, familyName = account.user.familyName } = fields
    const renamed = givenName !== account.user.givenName || familyName !== account.user.familyName
    account.user = freeze({
      ...account.user,
      ...(renamed ? { name: `${givenName} ${familyName}` } : {}),
      ...fields,
      attributes: mergeAttributes(account.user.attributes, attributes),
    })
    if (password !== undefined) account.passwordHash = sha256(password)
    return account.user
  }
  const bySub = (sub: string): User | undefined =>
    [...accounts.values()].find((account) => account.user.sub === sub)?.user

  for (const user of users) add(user)
  return Object.freeze({
    add,
    update,
    bySub,
    get: (username: string) => accounts.get(username)?.user,
    list: () => [...accounts.values()].map((account) => account.user),
    setRoles: (username: string, roles: readonly string[]) => update(username, { roles }),
    disable: (username: string) => update(username, { enabled: false }),
    enable: (username: string) => update(username, { enabled: true }),
    remove: (username: string) => accounts.delete(username),
    authenticate(username: string, password: string) {
      const account = accounts.get(username)
      return account && timingSafeEqual(account.passwordHash, sha256(password)) ? account.user : undefined
    },
  })
}

function toUser(realm: string, options: UserOptions): User {
  const { username } = options
  const givenName = options.givenName ?? username.charAt(0).toUpperCase() + username.slice(1)
  const familyName = options.familyName ?? "Example"
  return freeze({
    sub: options.sub ?? stableSub(realm, username),
    username,
    email: options.email ?? `${username}@example.test`,
    emailVerified: options.emailVerified ?? true,
    name: options.name ?? `${givenName} ${familyName}`,
    givenName,
    familyName,
    attributes: options.attributes ?? {},
    roles: options.roles ?? ["user"],
    enabled: options.enabled ?? true,
  })
}

function freeze(user: User): User {
  return Object.freeze({
    ...user,
    attributes: Object.freeze(structuredClone(user.attributes)),
    roles: Object.freeze([...user.roles]),
  })
}

function mergeAttributes(current: JsonObject, patch: JsonObject = {}): JsonObject {
  const merged = { ...current, ...patch }
  return Object.fromEntries(
    Object.entries(merged).filter(([, value]) => value !== null && value !== undefined),
  )
}

/** A random one would make a restarted provider hand an application's known user a new identity. */
function stableSub(realm: string, username: string): string {
  const hex = sha256(`${realm}/${username}`).toString("hex")
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`]
  return [...parts, hex.slice(20, 32)].join("-")
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest()
}
