import type { DatabaseSync } from "node:sqlite"
import { ConfigurationError } from "../../errors.ts"

/** The version of {@link sqliteSchema}, kept in the file as `user_version`. */
const schemaVersion = 1

/** Marks a file as ours ("EVGR"), so that somebody else's database is never taken for a store. */
const applicationId = 0x45564752

/**
 * The tables of a store. Times are seconds since the epoch. `handles` outlive their login, so that an ended login
 * can be told from an unknown one; a tombstone of kind `login` has no issuer and client.
 */
export const sqliteSchema: string = `
CREATE TABLE logins (
  namespace TEXT NOT NULL, login_id TEXT NOT NULL, user TEXT NOT NULL,
  created_at REAL NOT NULL, expires_at REAL NOT NULL,
  revision INTEGER NOT NULL, version INTEGER NOT NULL, sealed_login TEXT NOT NULL,
  PRIMARY KEY (namespace, login_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_by_user ON logins (namespace, user);
CREATE INDEX logins_by_expiry ON logins (namespace, expires_at);

CREATE TABLE handles (
  namespace TEXT NOT NULL, handle_hash TEXT NOT NULL, login_id TEXT NOT NULL, expires_at REAL,
  PRIMARY KEY (namespace, handle_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX handles_by_login ON handles (namespace, login_id);

CREATE TABLE grants (
  position INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL, login_id TEXT NOT NULL, provider TEXT NOT NULL, provider_account_id TEXT NOT NULL,
  issuer TEXT NOT NULL, client_id TEXT NOT NULL, sid TEXT, sub TEXT NOT NULL,
  generation INTEGER NOT NULL, token_hash TEXT NOT NULL, first_issued_at REAL NOT NULL,
  received_at REAL NOT NULL, expires_at REAL NOT NULL, session_expires_at REAL,
  sealed_tokens TEXT NOT NULL, sealed_claims TEXT NOT NULL,
  intent_token_hash TEXT, intent_owner TEXT, intent_at REAL,
  UNIQUE (namespace, login_id, provider, provider_account_id)
) STRICT;
CREATE INDEX grants_by_sid ON grants (namespace, issuer, client_id, sid);
CREATE INDEX grants_by_sub ON grants (namespace, issuer, client_id, sub);

CREATE TABLE tombstones (
  namespace TEXT NOT NULL, kind TEXT NOT NULL, issuer TEXT NOT NULL, client_id TEXT NOT NULL, value TEXT NOT NULL,
  reason TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL,
  PRIMARY KEY (namespace, kind, issuer, client_id, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE spent_tokens (
  namespace TEXT NOT NULL, token_hash TEXT NOT NULL, login_id TEXT NOT NULL, provider TEXT NOT NULL,
  provider_account_id TEXT NOT NULL, generation INTEGER NOT NULL, until REAL NOT NULL,
  PRIMARY KEY (namespace, token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_tokens_by_end ON spent_tokens (namespace, until);

CREATE TABLE data (
  namespace TEXT NOT NULL, user TEXT NOT NULL, version INTEGER NOT NULL, sealed_data TEXT NOT NULL,
  PRIMARY KEY (namespace, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
  namespace TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL, until REAL NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  namespace TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, sealed_payload TEXT NOT NULL,
  due_at REAL NOT NULL, expires_at REAL NOT NULL, attempts INTEGER NOT NULL,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_due ON outbox (namespace, due_at);

CREATE TABLE changes (
  cursor INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace TEXT NOT NULL, kind TEXT NOT NULL, login_id TEXT, user TEXT NOT NULL, reason TEXT, at REAL NOT NULL
) STRICT;
CREATE INDEX changes_by_namespace ON changes (namespace, cursor);
`

function readPragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name]
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined
}

/**
 * Creates the tables in an empty file, and accepts a file that has them.
 *
 * @throws {ConfigurationError} `option_invalid`: the file is somebody else's, or of a newer version.
 */
export function prepareSchema(database: DatabaseSync, fileName: string): void {
  if (readPragma(database, "application_id") !== applicationId) {
    database.exec("BEGIN IMMEDIATE")
    // Looked at again inside the transaction: another process may be opening the same new file.
    const isOurs = readPragma(database, "application_id") === applicationId
    if (!isOurs && isEmpty(database)) {
      database.exec(sqliteSchema)
      database.exec(`PRAGMA application_id = ${applicationId}`)
      database.exec(`PRAGMA user_version = ${schemaVersion}`)
    } else if (!isOurs) {
      throw new ConfigurationError(
        "option_invalid",
        `"${fileName}" is a database of something else: give sqliteStore a file of its own.`,
      )
    }
    database.exec("COMMIT")
  }
  const version = Number(readPragma(database, "user_version"))
  if (version > schemaVersion) {
    throw new ConfigurationError(
      "option_invalid",
      `"${fileName}" was written by a newer Evergrant (schema ${version}, this one knows ${schemaVersion}): update evergrant.`,
    )
  }
}
