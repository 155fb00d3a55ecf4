/** Adds an account to a login: user, login id and what the other provider gave stay. */
import type { Seconds } from "../clock.ts"
import { SignedOutError } from "../errors.ts"
import { accountTasks } from "../linked/account-task.ts"
import { rememberAndPerform } from "../outbox/perform.ts"
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { LoginContent } from "../store/vault.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import { firstGrant } from "./first-grant.ts"
import { type OpenLogin, openLogin } from "./open-login.ts"
import type { SignIn, StartedLogin } from "./sign-in.ts"

/** Seconds for which the old handle still leads to the login: for requests that were on their way. */
export const oldHandleLife: Seconds = 60

/** Members of the token that say who the user is: the provider of the first sign-in goes on having the say. */
const identity = ["name", "email", "picture", "sub"] as const

/**
 * Links the account of a sign-in to the login behind a handle.
 *
 * @returns Nothing, if this is no linking: the login is over, is another user's, or holds this very account.
 * @throws {SignedOutError} The provider has ended this session, or the login ended meanwhile.
 * @throws {StoreError} `store_unavailable`.
 */
export async function linkAccount(
  parts: Parts,
  signIn: SignIn,
  previousHandle: string,
): Promise<StartedLogin | undefined> {
  const opened = await openLogin(parts, previousHandle)
  if (opened.status !== "live" || opened.login.record.user !== signIn.user.id) return undefined
  const { login } = opened
  const { provider, providerAccountId } = signIn.account
  const holds = login.record.grants.some(
    (grant) => grant.provider === provider && grant.providerAccountId === providerAccountId,
  )
  if (holds || isSignInAccount(login, signIn)) return undefined

  const { loginId } = login.record
  const store = await parts.vault.store()
  const grant = await firstGrant(parts, loginId, signIn.account)
  let handle = previousHandle
  if (grant) {
    handle = signIn.handle ?? (await parts.vault.newHandle()).handle
    const handleHash = await hashSecret(handle)
    const oldHandleUntil = parts.surroundings.clock.now() + oldHandleLife
    const outcome = await store.linkGrant({ loginId, grant, handleHash, oldHandleUntil })
    if (outcome !== "stored") {
      parts.emit({ type: "session.stillborn", provider, reason: "provider_session_ended" })
      throw new SignedOutError("provider_session_ended")
    }
    await rememberAndPerform(parts, store, accountTasks(parts, [{ loginId, ...grant }], "sign_in"))
  }
  await updateContent(parts, store, login, signIn, handle)
  // The cookie starts a new life with this sign-in.
  await store.extendLogin(loginId, parts.surroundings.clock.now() + signIn.maxAge)
  parts.emit({
    type: "account.linked",
    loginId,
    user: login.record.user,
    provider,
    grant: grant !== undefined,
  })
  return { handle, linked: true }
}

/** A login without a grant knows its account by the provider alone: signing in there again starts anew. */
function isSignInAccount({ record, content }: OpenLogin, { account }: SignIn): boolean {
  return record.grants.length === 0 && content.provider === account.provider
}

/** How often another link of the same login may come first. */
const mostAttempts = 10

async function updateContent(
  parts: Parts,
  store: GrantStore,
  opened: OpenLogin,
  signIn: SignIn,
  handle: string,
): Promise<void> {
  let login = opened
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const { loginId, revision } = login.record
    const sealedLogin = await parts.vault.sealLogin(
      loginId,
      revision + 1,
      contentWith(login.content, signIn, handle),
    )
    if ((await store.updateLogin({ loginId, revision, sealedLogin })) !== "conflict") return
    const again = await openLogin(parts, handle)
    if (again.status !== "live") return
    login = again.login
  }
}

function contentWith(content: LoginContent, signIn: SignIn, handle: string): LoginContent {
  const kept = Object.fromEntries(
    identity.flatMap((name) => (name in content.token ? [[name, content.token[name]]] : [])),
  )
  const next = { ...content, token: { ...content.token, ...signIn.token, ...kept } }
  const { sessionToken, oldSessionTokens = [] } = content
  // Without a grant the handle stays, and the row with it.
  if (!signIn.sessionRow || handle !== signIn.handle || sessionToken === undefined) return next
  return { ...next, sessionToken: handle, oldSessionTokens: [...oldSessionTokens, sessionToken] }
}
