/** What an ended login leaves behind outside of the store: its session row, and tokens in account rows. */
import { accountTasks } from "../linked/account-task.ts"
import type { Parts } from "../refresh/parts.ts"
import type { StoredLogin } from "../store/records.ts"
import type { Task } from "./work.ts"

/** The tasks that clear it away. A login whose record cannot be opened keeps its session row, which is refused. */
export async function tasksOfEnding(parts: Parts, login: StoredLogin): Promise<Task[]> {
  const rows = accountTasks(parts, login.grants, "end")
  if (!parts.removeSession) return rows
  const content = await parts.vault.openLogin(login).catch(() => undefined)
  if (content?.sessionToken === undefined) return rows
  const old = (content.oldSessionTokens ?? []).map((sessionToken, index): Task => {
    return {
      id: JSON.stringify(["session", login.loginId, index]),
      work: { kind: "session.remove", sessionToken },
    }
  })
  const { sessionToken } = content
  return [
    { id: JSON.stringify(["session", login.loginId]), work: { kind: "session.remove", sessionToken } },
    ...old,
    ...rows,
  ]
}
