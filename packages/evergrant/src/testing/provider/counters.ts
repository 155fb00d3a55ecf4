/** Counts what the provider was asked, for each client and SSO session. */

/** What is counted. */
export interface Counters {
  /** Refresh token requests that arrived, injected faults included. */
  readonly refreshRequests: number
  /** Refreshes that were carried out, also when the answer was lost on purpose. */
  readonly refreshSucceeded: number
  readonly refreshRefused: number
  /** Refresh token requests that an injected fault kept from being processed. */
  readonly refreshFaulted: number
  readonly codeExchanges: number
  readonly userinfo: number
  readonly userinfoRefused: number
  readonly endSession: number
  readonly revocations: number
  readonly introspections: number
  /** Logout tokens sent. */
  readonly logoutTokens: number
}

/** Which part to sum up. Without a member: everything. */
export interface CounterQuery {
  clientId?: string
  sid?: string
}

/** Reads and resets the counters. */
export interface CounterControl {
  get(query?: CounterQuery): Counters
  reset(): void
}

/** The counters as the provider's parts write them. */
export interface CounterLedger extends CounterControl {
  count(name: keyof Counters, whose: CounterQuery): void
}

const zero: Counters = Object.freeze({
  refreshRequests: 0,
  refreshSucceeded: 0,
  refreshRefused: 0,
  refreshFaulted: 0,
  codeExchanges: 0,
  userinfo: 0,
  userinfoRefused: 0,
  endSession: 0,
  revocations: 0,
  introspections: 0,
  logoutTokens: 0,
})

/** Creates counters that stand at zero. */
export function createCounters(): CounterLedger {
  const rows = new Map<string, { whose: CounterQuery; counters: Counters }>()

  return Object.freeze({
    count(name: keyof Counters, whose: CounterQuery) {
      const key = JSON.stringify([whose.clientId, whose.sid])
      const counters = rows.get(key)?.counters ?? zero
      rows.set(key, { whose, counters: { ...counters, [name]: counters[name] + 1 } })
    },
    get(query: CounterQuery = {}) {
      const matching = [...rows.values()].filter(
        ({ whose }) =>
          (query.clientId === undefined || whose.clientId === query.clientId) &&
          (query.sid === undefined || whose.sid === query.sid),
      )
      return matching.reduce((sum, { counters }) => add(sum, counters), zero)
    },
    reset: () => rows.clear(),
  })
}

function add(a: Counters, b: Counters): Counters {
  const sum = { ...a }
  for (const name of Object.keys(zero) as (keyof Counters)[])
    Object.assign(sum, { [name]: a[name] + b[name] })
  return Object.freeze(sum)
}
