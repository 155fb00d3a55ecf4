/** The application's own table: what it would know of its users without any Evergrant. */
import { database, hasDatabase } from "./database"
import { type Step, stepSchema } from "./profile"

/** What is kept of a user; nothing for one who has not begun. */
export function readUser(id: string): { step: Step } | undefined {
  if (!hasDatabase) return undefined
  const row = database().prepare("SELECT step FROM onboarding WHERE userId = ?").get(id)
  return row && { step: stepSchema.parse(row.step) }
}

/** Keeps how far a user has come. */
export function saveStep(id: string, step: Step): void {
  if (!hasDatabase) return
  database()
    .prepare(
      `INSERT INTO onboarding (userId, step) VALUES (?, ?)
        ON CONFLICT (userId) DO UPDATE SET step = excluded.step`,
    )
    .run(id, step)
}

/** Throws when users, accounts or sessions cannot be read. */
export function checkUsers(): void {
  if (!hasDatabase) return
  for (const table of ["user", "account", "session", "onboarding"]) {
    database().prepare(`SELECT count(*) FROM "${table}"`).get()
  }
}
