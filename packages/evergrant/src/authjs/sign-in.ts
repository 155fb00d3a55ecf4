/** A sign-in of the JWT strategy, which Auth.js tells by its `jwt` callback. */
import type { AuthConfig } from "@auth/core"
import type { JWT } from "@auth/core/jwt"
import type { Account } from "@auth/core/types"
import { isEvergrantError, SignedOutError } from "../errors.ts"
import type { SignInAccount } from "../session/first-grant.ts"
import type { Binding } from "./binding.ts"
import { cookieContent } from "./cookie-content.ts"
import { endSession } from "./end-session.ts"
import type { LiveSession } from "./live-session.ts"
import type { EvergrantAuthConfig } from "./options.ts"
import { type RequestContext, requestContext } from "./request-context.ts"

type JwtParameters = Parameters<NonNullable<NonNullable<AuthConfig["callbacks"]>["jwt"]>>[0]

/**
 * Binds the sign-in. The application's `jwt` callback runs first, and what it returns is kept on the server.
 *
 * @returns What the cookie holds; `null` when the application refuses.
 */
export async function signIn(
  binding: Binding,
  original: EvergrantAuthConfig,
  parameters: JwtParameters,
): Promise<JWT | null> {
  const { user, account } = parameters
  const token = original.callbacks?.jwt ? await original.callbacks.jwt(parameters) : parameters.token
  if (!token || !account) return null
  const context = requestContext()
  const { live, replaced = live } = context
  const id = userId(original, parameters, token, context)
  if (context.silent && id !== context.silent.user) {
    context.failed = new SignedOutError("subject_changed")
    throw context.failed
  }
  const { sub: _, ...content } = token
  try {
    const { handle } = await binding.evergrant.startLogin({
      user: { id, name: user.name ?? null, email: user.email ?? null },
      account: account as unknown as SignInAccount,
      token: content,
      maxAge: binding.cookies(true).maxAge,
      ...(replaced?.bound ? { previous: { handle: replaced.handle, link: live?.view.user === id } } : {}),
    })
    if (replaced && !replaced.bound) await endSession(binding, replaced)
    return await cookieContent(binding, handle, id)
  } catch (error) {
    if (isEvergrantError(error) && error.code === "store_unavailable") context.failed = error
    throw error
  }
}

/**
 * Without an adapter core invents a new user id at each sign-in; data that is kept per user would be lost with it.
 * The account names the user then, unless it is linked to somebody who is signed in, or the application's `jwt`
 * callback says otherwise.
 */
function userId(
  original: EvergrantAuthConfig,
  { user, account }: JwtParameters,
  token: JWT,
  { live, silent }: RequestContext,
): string {
  const invented = !original.adapter && (account?.type === "oauth" || account?.type === "oidc")
  if (token.sub && !(invented && token.sub === user.id)) return token.sub
  if (!invented || !account) return user.id ?? ""
  // Its account has been compared with the one that the user had signed in with.
  if (silent) return silent.user
  return live && isSamePerson(live, account)
    ? live.view.user
    : `${account.provider}:${account.providerAccountId}`
}

/**
 * Without an adapter nobody knows whose an account is. It is taken for the signed-in user's if their login holds it,
 * or nothing of its provider yet; another account of the same provider is somebody else at the same browser.
 */
function isSamePerson({ view }: LiveSession, account: Account): boolean {
  const { grants, provider } = view
  const holds = grants.some(
    (grant) => grant.provider === account.provider && grant.providerAccountId === account.providerAccountId,
  )
  return (
    holds || (provider !== account.provider && grants.every((grant) => grant.provider !== account.provider))
  )
}
