/**
 * Binds a sign-in whose session is a row. Auth.js has created the row by now, or kept the one that was there, and
 * tells it by its `signIn` event alone; what goes wrong here is answered by whoever called Auth.js.
 */
import type { Account, User } from "@auth/core/types"
import type { SignInAccount } from "../../session/first-grant.ts"
import { oldHandleLife } from "../../session/link-account.ts"
import type { Binding } from "../binding.ts"
import { endSession } from "../end-session.ts"
import { type RequestContext, requestContext } from "../request-context.ts"
import type { SessionRows } from "./session-rows.ts"
import { newSessionToken } from "./session-token.ts"

/** What Auth.js tells of a sign-in. */
export interface RowSignIn {
  user: User
  account?: Account | null
}

/**
 * Binds the row. Never throws: an exception of an event is only logged.
 *
 * @returns Whether the sign-in stands.
 */
export async function bindRow(binding: Binding, rows: SessionRows, given: RowSignIn): Promise<boolean> {
  const context = requestContext()
  try {
    await (context.created === undefined
      ? bindKeptRow(binding, rows, given, context)
      : bindNewRow(binding, given, context, context.created))
    return true
  } catch (error) {
    context.failed = error
    // Without a login the row would be a session that nothing can end.
    if (context.created !== undefined) await rows.remove(context.created).catch(() => {})
    return false
  }
}

async function bindNewRow(
  binding: Binding,
  given: RowSignIn,
  { live, replaced = live }: RequestContext,
  sessionToken: string,
): Promise<void> {
  await binding.evergrant.startLogin({
    ...toSignIn(binding, given),
    handle: sessionToken,
    ...(replaced?.bound ? { previous: { handle: replaced.handle, link: false } } : {}),
  })
  if (replaced && !replaced.bound) await endSession(binding, replaced)
}

/**
 * Auth.js keeps the row of somebody who is signed in already, and the cookie with it. The login gets a fresh row all
 * the same, so that nothing can be fixated: a new login, or the same one under a new handle when an account was
 * linked.
 */
async function bindKeptRow(
  binding: Binding,
  rows: SessionRows,
  given: RowSignIn,
  context: RequestContext,
): Promise<void> {
  const { live } = context
  // Not a sign-in of this browser: some host calls Auth.js without our handlers.
  if (!live) throw new TypeError("A sign-in reached Evergrant without its request.")
  const { maxAge } = binding.cookies(true)
  const sessionToken = newSessionToken(binding.their)
  const expires = new Date(Date.now() + maxAge * 1000)
  const oldRowUntil = new Date(Date.now() + oldHandleLife * 1000)
  // As the adapter gave it, and Auth.js would give it back: a database of numeric ids takes no text.
  await rows.create({ sessionToken, userId: given.user.id as string, expires })
  try {
    const { handle, linked } = await binding.evergrant.startLogin({
      ...toSignIn(binding, given),
      handle: sessionToken,
      ...(live.bound ? { previous: { handle: live.handle, link: true } } : {}),
    })
    if (handle !== sessionToken) {
      await rows.remove(sessionToken)
      return
    }
    context.sessionCookie = { value: sessionToken, expires }
    // For requests that were on their way. Never longer than the handle: a row without one may pass for a session
    // that is older than Evergrant.
    if (linked) await rows.extend(live.handle, oldRowUntil)
  } catch (error) {
    await rows.remove(sessionToken).catch(() => {})
    throw error
  }
  if (!live.bound) await endSession(binding, live)
}

function toSignIn(binding: Binding, { user, account }: RowSignIn) {
  return {
    user: { id: String(user.id), name: user.name ?? null, email: user.email ?? null },
    account: account as unknown as SignInAccount,
    // The users table holds what the token of the other strategy would.
    token: {},
    maxAge: binding.cookies(true).maxAge,
    sessionRow: true,
  }
}
