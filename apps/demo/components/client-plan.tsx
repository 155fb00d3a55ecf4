"use client"
/** The stock hook of next-auth: `update({})` asks the provider, and its answer is the new session. */
import type { EvergrantSession } from "evergrant/next"
import { useSession } from "next-auth/react"

export function ClientPlan() {
  const { data, status, update } = useSession()
  const session = data as EvergrantSession | null
  return (
    <section>
      <dl>
        <dt>Status</dt>
        <dd data-testid="client-status">{status}</dd>
        <dt>Plan</dt>
        <dd data-testid="client-plan">{String(session?.claims.plan ?? "–")}</dd>
      </dl>
      <button type="button" className="primary" disabled={status === "loading"} onClick={() => update({})}>
        Update from the provider
      </button>
    </section>
  )
}
