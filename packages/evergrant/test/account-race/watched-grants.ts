/** Writes down every pair that a store holds, within the transaction that commits it. */
import { DatabaseSync } from "node:sqlite"

/** One pair of tokens, as the store knows it. Login and session of the provider come in the same order. */
export interface Issue {
  session: string
  /** The number of the tokens, which is the generation of the grant. */
  number: number
  loginId: string
  receivedAt: number
}

export interface WatchedGrants {
  /** All pairs, in the order of their commits. */
  all(): Issue[]
  /** The newest of the pairs that the store holds now, by Evergrant's own rule. */
  newest(): Issue
}

/** Begins to watch the grants of a store that have been made so far. */
export function watchGrants(storeFile: string): WatchedGrants {
  const database = new DatabaseSync(storeFile, { timeout: 30_000 })
  database.exec(`
    CREATE TABLE issues (position INTEGER PRIMARY KEY, login_id TEXT, generation INTEGER, received_at REAL);
    INSERT INTO issues (login_id, generation, received_at)
      SELECT login_id, generation, received_at FROM grants ORDER BY position;
    CREATE TRIGGER issued AFTER UPDATE OF generation ON grants BEGIN
      INSERT INTO issues (login_id, generation, received_at)
        VALUES (NEW.login_id, NEW.generation, NEW.received_at); END;
  `)
  database.close()

  function all(): Issue[] {
    const reader = new DatabaseSync(storeFile, { readOnly: true, timeout: 30_000 })
    const rows = reader.prepare("SELECT * FROM issues ORDER BY position").all()
    reader.close()
    const logins = [...new Set(rows.map((row) => String(row.login_id)))]
    return rows.map((row) => ({
      session: `session-${logins.indexOf(String(row.login_id))}`,
      number: Number(row.generation),
      loginId: String(row.login_id),
      receivedAt: Number(row.received_at),
    }))
  }

  return {
    all,
    newest() {
      const last = new Map(all().map((issue) => [issue.session, issue]))
      return [...last.values()].reduce((one, other) => (isNewer(other, one) ? other : one))
    },
  }
}

/** Whether one pair was received after another; a tie is broken by the login, so that everybody agrees. */
export function isNewer(one: Issue, other: Issue): boolean {
  return one.receivedAt === other.receivedAt ? one.loginId > other.loginId : one.receivedAt > other.receivedAt
}
