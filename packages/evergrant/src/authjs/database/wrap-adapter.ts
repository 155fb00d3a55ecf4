/** The adapter as Auth.js gets it: what it says of sessions is checked against the store. */
import type { Adapter, AdapterAccount } from "@auth/core/adapters"
import type { SignOutResult } from "../../logout/sign-out.ts"
import { accountsOf } from "../account-options.ts"
import type { Binding } from "../binding.ts"
import { endSession, landingPage } from "../end-session.ts"
import type { LiveSession } from "../live-session.ts"
import type { EvergrantAuthConfig } from "../options.ts"
import { requestContext } from "../request-context.ts"
import { strategyOf } from "../session-strategy.ts"
import { quietAdapter } from "./quiet-adapter.ts"
import { hasLoginForCertain } from "./session-token.ts"

/**
 * Wraps an adapter. Every method stays an own, enumerable function: Auth.js looks for them by their keys.
 *
 * @param bindingOf Gives the binding once Auth.js has completed the config.
 */
export function wrapAdapter(
  original: EvergrantAuthConfig,
  adapter: Adapter,
  bindingOf: () => Binding,
): Adapter {
  const own = quietAdapter(adapter)
  const wrapped: Adapter = { ...own }
  const link = own.linkAccount
  if (accountsOf(original.evergrant).sealed && link) {
    // Auth.js writes the first tokens itself.
    wrapped.linkAccount = async (account) => link(await sealed(bindingOf(), account)) as Promise<void>
  }
  if (strategyOf(original) === "database") Object.assign(wrapped, sessionMethods(own, bindingOf))
  return wrapped
}

async function sealed({ evergrant }: Binding, account: AdapterAccount): Promise<AdapterAccount> {
  const { access_token, refresh_token, id_token } = account
  const tokens = {
    ...(access_token === undefined ? {} : { access_token }),
    ...(refresh_token === undefined ? {} : { refresh_token }),
    ...(id_token === undefined ? {} : { id_token }),
  }
  return { ...account, ...(await evergrant.sealAccount(account, tokens)) } as AdapterAccount
}

function sessionMethods(adapter: Adapter, bindingOf: () => Binding): Partial<Adapter> {
  return {
    async createSession(session) {
      const created = await adapter.createSession?.(session)
      requestContext().created = session.sessionToken
      return created ?? session
    },

    /** A row whose login is over is no session, or Auth.js would link a new account to its user. */
    async getSessionAndUser(sessionToken) {
      const found = await adapter.getSessionAndUser?.(sessionToken)
      if (!found) return null
      const reading = await bindingOf().evergrant.readSession(sessionToken, { refresh: false })
      if (reading.status === "session") return found
      return reading.reason === "unknown_session" && !hasLoginForCertain(sessionToken) ? found : null
    },

    /** Auth.js moves the end of a row, and with it that of its login. */
    async updateSession(session) {
      const context = requestContext()
      const { live } = context
      try {
        if (session.expires && live?.bound && live.handle === session.sessionToken) {
          if (live.view.oldHandle) return null
          const { evergrant, cookies } = bindingOf()
          await evergrant.extendLogin(live.view.loginId, cookies(true).maxAge)
        }
        return await adapter.updateSession?.(session)
      } catch (error) {
        context.failed ??= error
        throw error
      }
    },

    /** Whoever has a session deleted signs out: the login ends, and at its providers too. */
    async deleteSession(sessionToken) {
      const context = requestContext()
      const binding = bindingOf()
      try {
        const row = await adapter.getSessionAndUser?.(sessionToken)
        context.signOut ??= await endBehind(binding, context.live, sessionToken)
        await binding.rows?.remove(sessionToken)
        // Some adapters hand back nothing, and the event would be told nothing.
        return row?.session ?? context.live?.row?.session
      } catch (error) {
        context.failed ??= error
        throw error
      }
    },
  }
}

/** By the session that was read, where it is this one: a row that is older than Evergrant has no login to be found. */
function endBehind(
  binding: Binding,
  live: LiveSession | undefined,
  sessionToken: string,
): Promise<SignOutResult> {
  return live?.handle === sessionToken
    ? endSession(binding, live)
    : binding.evergrant.signOut(sessionToken, landingPage(binding.config))
}
