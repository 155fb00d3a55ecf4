/** Config to config: Auth.js's callbacks with Evergrant around the application's own. */
import type { AuthConfig } from "@auth/core"
import type { JWT } from "@auth/core/jwt"
import { SignedOutError } from "../errors.ts"
import type { Binding } from "./binding.ts"
import { cookieTokenOf, unchangedToken } from "./cookie-content.ts"
import { bindRow } from "./database/bind-row.ts"
import { newSessionToken } from "./database/session-token.ts"
import { wrapAdapter } from "./database/wrap-adapter.ts"
import { endSession } from "./end-session.ts"
import type { LiveSession } from "./live-session.ts"
import type { EvergrantAuthConfig } from "./options.ts"
import { presentSession, toToken } from "./present-session.ts"
import { withServerAddresses } from "./provider-config.ts"
import { redactedLogger } from "./redacted-logger.ts"
import { requestContext } from "./request-context.ts"
import type { EvergrantSession } from "./session-shape.ts"
import { strategyOf } from "./session-strategy.ts"
import type { Update } from "./shape-session.ts"
import { signIn } from "./sign-in.ts"
import { isSameAccount } from "./silent/same-account.ts"
import { updateSession } from "./update-session.ts"

/**
 * Wraps a config. Order: at sign-in and at an update the application's `jwt` callback runs first, Evergrant stores
 * what it returns, and the cookie gets a reference. Its `session` callback and its events see the full token, as
 * without Evergrant.
 *
 * @param bindingOf Gives the binding once Auth.js has completed the config.
 */
export function wrapConfig(original: EvergrantAuthConfig, bindingOf: () => Binding): AuthConfig {
  const { evergrant, ...config } = original
  /** What stands behind a reference token, from our `jwt` callback to our `session` callback. */
  const behind = new WeakMap<object, EvergrantSession>()

  const logger = redactedLogger(config)
  const strategy = strategyOf(original)
  return {
    ...config,
    ...(logger ? { logger } : {}),
    ...(config.adapter ? { adapter: wrapAdapter(original, config.adapter, bindingOf) } : {}),
    session: { ...config.session, strategy, generateSessionToken: () => newSessionToken(original) },
    providers: withServerAddresses(config.providers, evergrant?.providers ?? {}),
    callbacks: {
      ...config.callbacks,

      async signIn(parameters) {
        const context = requestContext()
        if (
          context.silent &&
          !(await isSameAccount(bindingOf(), config.adapter, context.silent, parameters))
        ) {
          context.failed = new SignedOutError("subject_changed")
          return false
        }
        const ask = config.callbacks?.signIn
        return ask ? await ask(parameters) : true
      },

      async jwt(parameters) {
        if (parameters.account) return signIn(bindingOf(), original, parameters)
        const context = requestContext()
        const { live } = context
        // The bindings read the session before they call Auth.js. Whoever gets here without one is not signed in.
        if (!live) return null
        try {
          const updated = await update(bindingOf(), live, parameters)
          if (!updated) return null
          // First the record, then the cookie: Auth.js gives that one a new life.
          const { evergrant, cookies } = bindingOf()
          if (live.bound) await evergrant.extendLogin(live.view.loginId, cookies(true).maxAge)
          const reference = await cookieTokenOf(bindingOf(), updated.live, updated.token)
          if (reference) behind.set(reference, updated.session)
          return reference
        } catch (error) {
          // Thrown on, it would make Auth.js delete the cookie. Who called Auth.js answers with it.
          context.failed = error
          return unchangedToken(bindingOf(), live)
        }
      },

      async session(parameters) {
        const { token, session } = parameters
        if (strategy === "jwt") return (behind.get(token) ?? session) as unknown as typeof session
        return (await updateRow(bindingOf(), parameters)) as unknown as typeof session
      },
    },
    events: {
      ...config.events,
      // Core fires it around its own session action; `shapeSession` has fired it already.
      session: () => {},
      signOut: () => signOut(bindingOf()),
      async signIn(message) {
        const binding = bindingOf()
        if (binding.rows && !(await bindRow(binding, binding.rows, message))) return
        await config.events?.signIn?.(message)
      },
    },
  }
}

interface Updated {
  live: LiveSession
  token: JWT
  session: EvergrantSession
}

/** Auth.js's "update"; nothing, when the session is over. @throws {SignedOutError} A callback denied this request. */
async function update(binding: Binding, live: LiveSession, parameters: Update): Promise<Updated | undefined> {
  const updated = await updateSession(binding, live, parameters.session)
  const presented = updated && (await presentSession(binding, updated, parameters))
  if (!presented) return undefined
  if (!("denied" in presented)) return { live: updated, ...presented }
  if (presented.over) return undefined
  throw new SignedOutError(presented.denied)
}

/** The same in the database strategy, where core asks for a session and for no token. */
async function updateRow(binding: Binding, parameters: object): Promise<EvergrantSession | null> {
  const context = requestContext()
  const { trigger, newSession } = parameters as { trigger?: "update"; newSession?: unknown }
  if (!context.live) return null
  try {
    const about = { ...(trigger ? { trigger } : {}), session: newSession }
    const updated = await update(binding, context.live, about)
    if (updated) return updated.session
    // Core would set the cookie again.
    throw new SignedOutError("provider_session_ended")
  } catch (error) {
    context.failed = error
    return null
  }
}

/** Auth.js has checked the CSRF token by now, and clears the cookie after this. */
async function signOut(binding: Binding): Promise<void> {
  const context = requestContext()
  const { live } = context
  // A cookie whose login is over: it is cleared, and nobody signs out.
  if (!live) return
  if (!context.signOut) {
    try {
      context.signOut = await endSession(binding, live)
    } catch (error) {
      context.failed = error
      throw error
    }
  }
  const about = live.row ? { session: live.row.session } : { token: toToken(live) }
  await binding.their.events?.signOut?.(about)
}
