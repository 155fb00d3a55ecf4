/** Config to config: Auth.js's callbacks with Evergrant around the application's own. */
import type { AuthConfig } from "@auth/core"
import type { JWT } from "@auth/core/jwt"
import { isEvergrantError, SignedOutError } from "../errors.ts"
import type { SignInAccount } from "../session/start-login.ts"
import type { Binding } from "./binding.ts"
import { cookieContent, cookieTokenOf, unchangedToken } from "./cookie-content.ts"
import { endSession } from "./end-session.ts"
import type { EvergrantAuthConfig } from "./options.ts"
import { presentSession, toToken } from "./present-session.ts"
import { withServerAddresses } from "./provider-config.ts"
import { redactedLogger } from "./redacted-logger.ts"
import { requestContext } from "./request-context.ts"
import type { EvergrantSession } from "./session-shape.ts"
import { updateSession } from "./update-session.ts"

type JwtParameters = Parameters<NonNullable<NonNullable<AuthConfig["callbacks"]>["jwt"]>>[0]

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
  return {
    ...config,
    ...(logger ? { logger } : {}),
    session: { ...config.session, strategy: "jwt" },
    providers: withServerAddresses(config.providers, evergrant?.providers ?? {}),
    callbacks: {
      ...config.callbacks,

      async jwt(parameters) {
        if (parameters.account) return signIn(bindingOf(), original, parameters)
        const context = requestContext()
        const { live } = context
        // The bindings read the session before they call Auth.js. Whoever gets here without one is not signed in.
        if (!live) return null
        try {
          const updated = await updateSession(bindingOf(), live, parameters.session)
          const presented = updated && (await presentSession(bindingOf(), updated, parameters))
          if (!presented) return null
          if ("denied" in presented) {
            if (presented.over) return null
            throw new SignedOutError(presented.denied)
          }
          const reference = await cookieTokenOf(bindingOf(), updated, presented.token)
          if (reference) behind.set(reference, presented.session)
          return reference
        } catch (error) {
          // Thrown on, it would make Auth.js delete the cookie. Who called Auth.js answers with it.
          context.failed = error
          return unchangedToken(bindingOf(), live)
        }
      },

      async session({ token, session }) {
        return (behind.get(token) ?? session) as unknown as typeof session
      },
    },
    events: {
      ...config.events,
      // Core fires it around its own session action; `shapeSession` has fired it already.
      session: () => {},
      signOut: () => signOut(bindingOf()),
    },
  }
}

async function signIn(
  binding: Binding,
  original: EvergrantAuthConfig,
  parameters: JwtParameters,
): Promise<JWT | null> {
  const { user, account } = parameters
  const token = original.callbacks?.jwt ? await original.callbacks.jwt(parameters) : parameters.token
  if (!token || !account) return null
  const context = requestContext()
  const { live } = context
  const id = userId(original, parameters, token)
  const { sub: _, ...content } = token
  try {
    const handle = await binding.evergrant.startLogin({
      user: { id, name: user.name ?? null, email: user.email ?? null },
      account: account as unknown as SignInAccount,
      token: content,
      maxAge: binding.cookies(true).maxAge,
      ...(live?.bound ? { previous: live.handle } : {}),
    })
    if (live && !live.bound) await endSession(binding, live)
    return await cookieContent(binding, handle, id)
  } catch (error) {
    if (isEvergrantError(error) && error.code === "store_unavailable") context.failed = error
    throw error
  }
}

/**
 * Without an adapter core invents a new user id at each sign-in; data that is kept per user would be lost with it.
 * The account names the user then, unless the application's `jwt` callback says otherwise.
 */
function userId(original: EvergrantAuthConfig, { user, account }: JwtParameters, token: JWT): string {
  const invented = !original.adapter && (account?.type === "oauth" || account?.type === "oidc")
  if (token.sub && !(invented && token.sub === user.id)) return token.sub
  return invented && account ? `${account.provider}:${account.providerAccountId}` : (user.id ?? "")
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
  await binding.their.events?.signOut?.({ token: toToken(live) })
}
