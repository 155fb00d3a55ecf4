/** The sign-ins with which a world begins. Nothing disturbs them. */
import { createEvergrant } from "../../../src/evergrant.ts"
import { fingerprint } from "../judge/ledger.ts"
import { wake } from "./process-memory.ts"
import { tokenAnswer } from "./provider-port.ts"
import { issuer } from "./rotating-provider.ts"
import { namespace, type World } from "./world.ts"

const user = "user"

/** Signs in, and returns the handles by login id. */
export async function signIn(world: World): Promise<Map<string, string>> {
  const { ledger, plan, provider } = world
  const handles = new Map<string, string>()
  wake(new Map())
  const evergrant = createEvergrant({
    store: { kind: "simulated", location: "beginning", open: () => world.store },
    namespace,
    secrets: ["a secret of the simulation, not of anybody"],
    providers: (id) =>
      id === "oidc" ? { id, issuer, clientId: "application", clientSecret: "secret" } : undefined,
    events: () => {},
    surroundings: {
      clock: { now: world.now },
      scheduler: { after: () => () => {} },
      random: (length) => world.chance.bytes(length),
      fetch: async () => Response.json({ issuer }),
    },
  })
  for (let number = 1; number <= plan.logins; number++) {
    const stored = provider.begin(`sid-${number}`)
    ledger.tokensByHash.set(fingerprint(stored.text), stored)
    const tokens = { ...tokenAnswer(stored), access_token: "", session_state: stored.session.sid }
    const account = { ...tokens, ...tokenAnswer(stored), provider: "oidc", providerAccountId: "account" }
    const { handle } = await evergrant.startLogin({ user: { id: user }, account, token: {}, maxAge: 86_400 })
    const login = world.tables.handles.get(fingerprint(handle))
    if (!login) throw new Error("The sign-in left no login.")
    const { loginId } = login
    const known = {
      loginId,
      user,
      session: stored.session,
      stored,
      endAsked: false,
      ended: undefined,
      forced: 0,
    }
    ledger.logins.set(loginId, known)
    handles.set(loginId, handle)
  }
  wake(undefined)
  return handles
}
