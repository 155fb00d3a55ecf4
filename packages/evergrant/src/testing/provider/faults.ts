/** Faults to inject: what a provider, a proxy or a network does on a bad day. */
import type { Seconds } from "../../clock.ts"
import { ConfigurationError } from "../../errors.ts"

/**
 * What goes wrong.
 *
 * - `"503"`, `"429"`, `"500"`: that status with a JSON error; nothing is processed.
 * - `"html"`: a page of a proxy, with status 200. `"empty"`: status 200 without a body.
 * - `"reset"`: the connection is reset before anything is done.
 * - `"hang"`: no answer. When the fault is cleared, or after `seconds`, the connection is closed; the request is
 *   never processed.
 * - `"lost-answer"`: the request is processed (a rotation takes place), then the connection is closed.
 */
export type FaultKind = "503" | "429" | "500" | "html" | "empty" | "reset" | "hang" | "lost-answer"

/** Where it goes wrong. */
export type FaultEndpoint =
  | "token"
  | "userinfo"
  | "jwks"
  | "discovery"
  | "logout"
  | "revocation"
  | "introspection"

/** One fault to inject. */
export interface Fault {
  kind: FaultKind
  /** Default `"token"`. `"all"` means every endpoint that servers call. */
  endpoint?: FaultEndpoint | "all"
  /** How many requests it hits. Default: all until it is cleared. */
  times?: number
  /** Only for `"hang"`: seconds until the connection is closed. Default: when the fault is cleared. */
  seconds?: Seconds
  /** Only for `"503"` and `"429"`: the `Retry-After` header in seconds. Default: no header. */
  retryAfter?: Seconds
  /** At the token endpoint: hit refreshes only, or sign-ins too. Default `"refresh_token"`. */
  grant?: "refresh_token" | "any"
}

/** A fault that is set, and how often it has hit. */
export interface ActiveFault extends Fault {
  readonly endpoint: FaultEndpoint | "all"
  readonly hits: number
}

/** Sets and clears faults. */
export interface FaultControl {
  /** Sets a fault. It replaces the one of the same endpoint. */
  set(fault: Fault): void
  /** Clears the fault of one endpoint, or all of them; what hangs is closed. */
  clear(endpoint?: FaultEndpoint | "all"): void
  list(): readonly ActiveFault[]
}

/** The switch as the request listener uses it. */
export interface FaultSwitch extends FaultControl {
  /** The fault that hits this request, if any. Counts the hit. */
  take(endpoint: FaultEndpoint, grantType: string | null): ActiveFault | undefined
  /** Resolves when this hanging request may be closed. */
  hold(fault: ActiveFault): Promise<void>
}

const kinds: readonly string[] = ["503", "429", "500", "html", "empty", "reset", "hang", "lost-answer"]
const endpoints: readonly string[] = [
  ...["all", "token", "userinfo", "jwks", "discovery", "logout", "revocation", "introspection"],
]

/** Creates a switch with nothing set. */
export function createFaults(): FaultSwitch {
  const active = new Map<string, ActiveFault>()
  const held = new Map<string, Set<() => void>>()

  const release = (endpoint: string): void => {
    for (const close of held.get(endpoint) ?? []) close()
    held.delete(endpoint)
  }
  const clear = (endpoint?: FaultEndpoint | "all"): void => {
    for (const key of endpoint === undefined ? [...active.keys(), ...held.keys()] : [endpoint]) {
      active.delete(key)
      release(key)
    }
  }

  return Object.freeze({
    clear,
    set(fault: Fault) {
      check(fault)
      const endpoint = fault.endpoint ?? "token"
      clear(endpoint)
      active.set(endpoint, Object.freeze({ ...fault, endpoint, hits: 0 }))
    },
    list: () => [...active.values()],
    take(endpoint: FaultEndpoint, grantType: string | null) {
      const fault = active.get(endpoint) ?? active.get("all")
      if (!fault || (fault.times !== undefined && fault.hits >= fault.times)) return undefined
      if (endpoint === "token" && grantType !== "refresh_token" && fault.grant !== "any") return undefined
      const hit = Object.freeze({ ...fault, hits: fault.hits + 1 })
      active.set(fault.endpoint, hit)
      return hit
    },
    hold: (fault: ActiveFault) =>
      new Promise<void>((resolve) => {
        const waiting = held.get(fault.endpoint) ?? new Set()
        held.set(fault.endpoint, waiting.add(resolve))
        if (fault.seconds !== undefined) setTimeout(resolve, fault.seconds * 1000).unref()
      }),
  })
}

function check(fault: Fault): void {
  const wrong =
    (!kinds.includes(fault.kind) && `kind must be one of ${kinds.join(", ")}`) ||
    (!endpoints.includes(fault.endpoint ?? "token") && `endpoint must be one of ${endpoints.join(", ")}`) ||
    (!positive(fault.times) && "times must be above 0") ||
    (!positive(fault.seconds) && "seconds must be above 0") ||
    (!positive(fault.retryAfter) && "retryAfter must be above 0")
  if (wrong) throw new ConfigurationError("option_invalid", `The fault cannot be set: ${wrong}.`)
}

function positive(value: number | undefined): boolean {
  return value === undefined || (Number.isFinite(value) && value > 0)
}
