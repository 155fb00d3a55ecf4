/** What the people and jobs of a plan do, once it is their turn. */
import type { Call } from "../judge/judge-call.ts"
import type { KnownLogin, Ledger } from "../judge/ledger.ts"
import { issuer } from "./rotating-provider.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import { storePort } from "./store-port.ts"
import { beginning, type World } from "./world.ts"

/** Makes the call in a process that is awake. Resolves or rejects as the application sees it. */
export function perform(
  world: World,
  process: SimulatedProcess,
  call: Call,
  handle: string,
): Promise<unknown> {
  const { evergrant } = process
  const { action, login } = call
  switch (action.kind) {
    case "token":
      return evergrant.getAccessToken(handle)
    case "forced token":
      return evergrant.getAccessToken(handle, { force: true })
    case "session":
      return evergrant.readSession(handle)
    case "look":
      return evergrant.readSession(handle, { refresh: false })
    case "update":
      return evergrant.refreshSession(handle)
    case "job":
      return evergrant.getAccessTokenOfUser({ userId: login.user, provider: "oidc" })
    case "forced job":
      return evergrant.getAccessTokenOfUser({ userId: login.user, provider: "oidc", force: true })
    case "sign-out":
      login.endAsked = true
      return evergrant.signOut(handle, "https://app.example/signed-out")
    case "end":
      login.endAsked = true
      return evergrant.endLogin(handle, "denied_by_application")
    case "back-channel":
      login.endAsked = true
      world.provider.end(login.session, "ended")
      return endAsTold(world, process, login.session.sid)
    case "provider ends":
      world.provider.end(login.session, "ended")
      return Promise.resolve()
  }
}

/** As a back-channel logout does: by the session's id at the provider. */
async function endAsTold(world: World, process: SimulatedProcess, sid: string): Promise<void> {
  const by = { issuer, clientId: "application", sid }
  const end = { by, reason: "provider_session_ended", at: world.now() } as const
  await storePort(world, process).endLogins({ ...end, tombstoneUntil: beginning + 31 * 86_400 })
}

/** The logins that a call may force a refresh of. */
export function forcedBy(ledger: Ledger, { action, login }: Call): KnownLogin[] {
  if (action.kind === "forced job") return [...ledger.logins.values()]
  return action.kind === "forced token" || action.kind === "update" ? [login] : []
}
