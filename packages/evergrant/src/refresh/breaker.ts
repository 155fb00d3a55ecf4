/**
 * What one grant has learned about a provider, for all of them: that it refuses this application, or has asked it to
 * wait. Until the end of the pause nobody asks; then one refresh does, and the others follow if it is answered.
 */
import type { EpochSeconds } from "../clock.ts"
import { processWide } from "../process-wide.ts"
import { isConfigurationFault, type RefreshFailure } from "../provider/failure.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import { notBefore, noteFailure, noteSuccess } from "./backoff.ts"
import type { Parts } from "./parts.ts"

interface Breaker {
  failure: RefreshFailure
  openedAt: EpochSeconds
  /** The alarm was raised, and somebody waits for the news that it is over. */
  alarmed: boolean
  /** One refresh is finding out. */
  probing: boolean
}

const open = (): Map<string, Breaker> => processWide("breakers", () => new Map())

/** A client at an issuer: what is refused here is refused to all grants of it. */
export function clientName({ config: { issuer, clientId } }: OidcProvider): string {
  return JSON.stringify(["client", issuer, clientId])
}

/** Until when no refresh at this provider makes sense. */
export function heldUntil(provider: OidcProvider): EpochSeconds | undefined {
  if (open().size === 0) return undefined
  return open().has(clientName(provider)) ? notBefore(clientName(provider)) : undefined
}

export type Admission =
  | { leave(): void }
  /** Not now. */
  | { retryAt: EpochSeconds; failure: RefreshFailure }

/** Lets a refresh pass, or tells when to come again. Who may pass calls `leave` at the end, whatever came of it. */
export function admit({ surroundings }: Parts, provider: OidcProvider): Admission {
  const name = clientName(provider)
  const breaker = open().get(name)
  if (!breaker) return { leave: () => {} }
  const now = surroundings.clock.now()
  const { failure } = breaker
  const until = notBefore(name) ?? now
  if (until > now) return { retryAt: until, failure }
  if (breaker.probing) return { retryAt: now + 1, failure }
  breaker.probing = true
  return {
    leave: () => {
      breaker.probing = false
    },
  }
}

/** Notes that the provider knows this application and answers. */
export function noteAnswer({ emit, surroundings }: Parts, provider: OidcProvider): void {
  const name = clientName(provider)
  const breaker = open().get(name)
  if (!breaker) return
  open().delete(name)
  noteSuccess(name)
  const took = surroundings.clock.now() - breaker.openedAt
  if (breaker.alarmed) emit({ type: "provider.recovered", provider: provider.config.id, took })
}

/**
 * Notes a failure that every grant of the client would meet.
 *
 * @returns When the next attempt makes sense.
 */
export function noteRefusal(parts: Parts, provider: OidcProvider, failure: RefreshFailure): EpochSeconds {
  const { surroundings } = parts
  const name = clientName(provider)
  const now = surroundings.clock.now()
  const breaker = open().get(name) ?? { failure, openedAt: now, alarmed: false, probing: false }
  open().set(name, breaker)
  breaker.failure = failure
  // Refreshes that were sent together fail together: that is one failure, unless it names a time of its own.
  const held = notBefore(name) ?? 0
  const isKnown = held > now && held >= now + (failure.retryAfter ?? 0)
  const retryAt = isKnown ? held : noteFailure(name, surroundings, failure.retryAfter)
  if (isConfigurationFault(failure) && !breaker.alarmed) {
    breaker.alarmed = true
    tellMisconfigured(parts, provider.config.id, failure, retryAt)
  }
  return retryAt
}

/** Raises the alarm. */
export function tellMisconfigured(
  { emit }: Parts,
  provider: string,
  { code }: RefreshFailure,
  retryAt: EpochSeconds,
): void {
  const remedy = `Check client id, secret and authentication method of provider "${provider}"; refreshing resumes by itself.`
  emit({ type: "provider.misconfigured", provider, code, remedy, retryAt })
}
