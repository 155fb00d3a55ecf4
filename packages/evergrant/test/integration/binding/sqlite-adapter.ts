/** The smallest real adapter: users and accounts in SQLite, as an application with a database has them. */
import { randomUUID } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import type { Adapter, AdapterUser } from "next-auth/adapters"

export interface SqliteAdapter {
  adapter: Adapter
  /** Who each account is linked to. */
  accounts(): { provider: string; providerAccountId: string; userId: string }[]
}

type Row = Record<string, unknown>

export function sqliteAdapter(): SqliteAdapter {
  const database = new DatabaseSync(":memory:")
  database.exec(`
    CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, email TEXT UNIQUE, image TEXT) STRICT;
    CREATE TABLE accounts (
      provider TEXT NOT NULL, provider_account_id TEXT NOT NULL, user_id TEXT NOT NULL,
      PRIMARY KEY (provider, provider_account_id)
    ) STRICT;
  `)
  const find = (where: string, ...values: string[]): AdapterUser | null =>
    toUser(database.prepare(`SELECT * FROM users WHERE ${where}`).get(...values))

  const adapter: Adapter = {
    async createUser({ name, email, image }) {
      const id = randomUUID()
      database.prepare("INSERT INTO users VALUES (?, ?, ?, ?)").run(id, name ?? null, email, image ?? null)
      return found(find("id = ?", id))
    },
    getUser: async (id) => find("id = ?", id),
    getUserByEmail: async (email) => find("email = ?", email),
    getUserByAccount: async ({ provider, providerAccountId }) =>
      find(
        "id = (SELECT user_id FROM accounts WHERE provider = ? AND provider_account_id = ?)",
        provider,
        providerAccountId,
      ),
    async updateUser({ id, name }) {
      database.prepare("UPDATE users SET name = coalesce(?, name) WHERE id = ?").run(name ?? null, id)
      return found(find("id = ?", id))
    },
    async linkAccount({ provider, providerAccountId, userId }) {
      database.prepare("INSERT INTO accounts VALUES (?, ?, ?)").run(provider, providerAccountId, userId)
    },
  }
  return {
    adapter,
    accounts: () =>
      database
        .prepare("SELECT * FROM accounts ORDER BY provider")
        .all()
        .map((row) => ({
          provider: String(row.provider),
          providerAccountId: String(row.provider_account_id),
          userId: String(row.user_id),
        })),
  }
}

function toUser(row: Row | undefined): AdapterUser | null {
  if (!row) return null
  const text = (value: unknown) => (typeof value === "string" ? value : null)
  return {
    id: String(row.id),
    email: String(row.email),
    name: text(row.name),
    image: text(row.image),
    emailVerified: null,
  }
}

function found(user: AdapterUser | null): AdapterUser {
  if (!user) throw new Error("There is no such user.")
  return user
}
