/** One application: its config, its Auth.js, and how a call finds both. */
import type { NextRequest } from "next/server.js"
import { after } from "next/server.js"
import type { NextAuthConfig, NextAuthResult } from "next-auth"
import {
  type AuthConfig,
  type Binding,
  completeConfig,
  createBinding,
  type EvergrantAuthConfig,
  type EvergrantAuthOptions,
  wrapConfig,
} from "../authjs/index.ts"
import type { SessionData } from "../store/vault.ts"
import type { ClaimDeclarations } from "../tokens/claims.ts"

type Awaitable<T> = T | Promise<T>

/** A NextAuth config with its `evergrant` part. */
export type EvergrantConfig<
  Claims extends ClaimDeclarations = ClaimDeclarations,
  Data extends SessionData = SessionData,
> = NextAuthConfig & { evergrant: EvergrantAuthOptions<Claims, Data> }

/** A config, or the function that `NextAuth` calls for each request. */
export type ConfigSource<C> = C | ((request: NextRequest | undefined) => Awaitable<C>)

/** The `NextAuth` of `next-auth` v5. */
export type NextAuthFunction = (config: ConfigSource<NextAuthConfig>) => NextAuthResult

export interface Application {
  /** Stock Auth.js over the wrapped config. */
  stock: NextAuthResult
  bindingFor(request?: NextRequest): Promise<Binding>
}

/** Work goes on by itself; `after` only keeps a platform awake that would freeze it. */
const host = {
  defer(work: Promise<unknown>): void {
    try {
      after(() => work)
    } catch {
      // Outside of a request there is nothing to keep awake.
    }
  },
}

/**
 * Builds Auth.js over the wrapped config. The binding is made at its first use, not here: `next build` evaluates
 * this module on machines that know no secret.
 */
export function createApplication(
  NextAuth: NextAuthFunction,
  source: ConfigSource<EvergrantConfig>,
): Application {
  if (typeof source === "function") {
    const wrap = async (request: NextRequest | undefined) =>
      wrapLazily((await source(request)) as EvergrantAuthConfig)
    return {
      stock: NextAuth(async (request) => (await wrap(request)).wrapped as NextAuthConfig),
      async bindingFor(request) {
        const { wrapped, binding } = await wrap(request)
        completeConfig(wrapped, "/api/auth")
        return binding()
      },
    }
  }
  const { wrapped, binding } = wrapLazily(source as EvergrantAuthConfig)
  return { stock: NextAuth(wrapped as NextAuthConfig), bindingFor: async () => binding() }
}

function wrapLazily(original: EvergrantAuthConfig): { wrapped: AuthConfig; binding: () => Binding } {
  let made: Binding | undefined
  const binding = () => {
    made ??= createBinding(wrapped, original, host)
    return made
  }
  const wrapped = wrapConfig(original, binding)
  return { wrapped, binding }
}
