import type { SignedOutReason } from "../../../errors.ts"
import type { GrantStore } from "../../../store/grant-store.ts"
import { type LoginReply, toLogin } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local handle = read(keys.handles, arg.handleHash)
if not handle or given(handle.expiresAt) and isOver(handle.expiresAt) then return false end
local loginId = handle.loginId
local tombstone = tombstoneInForce(name("login", loginId))
if tombstone then return { "ended", loginId, tombstone.reason, tombstone.at } end
local login = read(keys.logins, loginId)
if not login then return false end
if isOver(login.expiresAt) then return { "ended", loginId, "session_expired", login.expiresAt } end
return { "live", given(handle.expiresAt) and handle.expiresAt, describe(login) }
`)

type Reply =
  | ["ended", loginId: string, reason: SignedOutReason, at: string]
  | ["live", oldHandleUntil: string | null, LoginReply]

export function readLogin(view: RedisView): GrantStore["readLogin"] {
  return async (handleHash) => {
    const reply = (await view.run(script, { handleHash })) as Reply | null
    if (reply === null) return undefined
    if (reply[0] === "ended") {
      const [status, loginId, reason, at] = reply
      return { status, loginId, reason, at: Number(at) }
    }
    const [, oldHandleUntil, login] = reply
    return oldHandleUntil === null
      ? toLogin(login)
      : { ...toLogin(login), oldHandleUntil: Number(oldHandleUntil) }
  }
}
