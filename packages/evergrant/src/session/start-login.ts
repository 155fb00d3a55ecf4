/** Binds a sign-in: from here on the cookie carries a handle and the tokens stay on the server. */
import type { DataDefinition } from "../data/data-definition.ts"
import { loadData } from "../data/load-data.ts"
import { SignedOutError } from "../errors.ts"
import { accountTasks } from "../linked/account-task.ts"
import { endLogin } from "../logout/end-login.ts"
import { rememberAndPerform } from "../outbox/perform.ts"
import type { Parts } from "../refresh/parts.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import { firstGrant } from "./first-grant.ts"
import { linkAccount } from "./link-account.ts"
import type { SignIn, StartedLogin } from "./sign-in.ts"

/**
 * Creates the login with its grant, if the provider gave something that can be refreshed, fills the user's data,
 * and ends the login that this browser had before: a fresh handle at each sign-in leaves nothing to fixate. An
 * account that is linked is added to the login instead, which moves to the fresh handle.
 *
 * @throws {SignedOutError} The provider ended this session before the sign-in was finished.
 * @throws {StoreError} `store_unavailable`.
 */
export async function startLogin(
  parts: Parts,
  signIn: SignIn,
  data: DataDefinition | undefined,
): Promise<StartedLogin> {
  const { previous, user } = signIn
  const linked = previous?.link ? await linkAccount(parts, signIn, previous.handle) : undefined
  if (linked) return linked
  const handle = await createLogin(parts, signIn)
  if (handle.taken) return { handle: handle.handle, linked: false }
  if (data) await loadData(parts, data, user)
  // The provider's session goes on: it is most likely the very one of the new login.
  if (previous) await (await endLogin(parts, previous.handle, "replaced")).cleared
  return { handle: handle.handle, linked: false }
}

async function createLogin(parts: Parts, signIn: SignIn): Promise<{ handle: string; taken: boolean }> {
  const { vault, surroundings } = parts
  const { account, user } = signIn
  const store = await vault.store()
  const now = surroundings.clock.now()
  const loginId = vault.newId("lg")
  const { handle, handleHash } =
    signIn.handle === undefined
      ? await vault.newHandle()
      : { handle: signIn.handle, handleHash: await hashSecret(signIn.handle) }

  const grant = await firstGrant(parts, loginId, account)
  const content = {
    token: signIn.token,
    provider: account.provider,
    ...(signIn.sessionRow ? { sessionToken: handle } : {}),
  }
  const login = {
    loginId,
    user: user.id,
    createdAt: now,
    expiresAt: now + signIn.maxAge,
    revision: 1,
    sealedLogin: await vault.sealLogin(loginId, 1, content),
  }
  const outcome = await store.createLogin(login, handleHash, grant ? [grant] : [])
  if (outcome === "ended") {
    parts.emit({ type: "session.stillborn", provider: account.provider, reason: "provider_session_ended" })
    throw new SignedOutError("provider_session_ended")
  }
  // Another request took the same old session over a moment ago.
  if (outcome === "conflict") return { handle, taken: true }
  if (grant) {
    await rememberAndPerform(parts, store, accountTasks(parts, [{ loginId, ...grant }], "sign_in"))
  }
  parts.emit({
    type: "session.started",
    loginId,
    user: user.id,
    provider: account.provider,
    grant: grant !== undefined,
  })
  return { handle, taken: false }
}
