import { updateFromProvider } from "@/actions"
import type { DemoSession } from "@/auth"
import { ActionForm } from "@/components/action-form"
import { ClaimTable } from "@/components/claim-table"
import { SecondsLeft } from "@/components/seconds-left"

/** What came from the provider, and how long it is good. */
export function GrantFacts({ session }: { session: DemoSession }) {
  const [grant] = session.grants
  if (!grant) {
    return (
      <section>
        <h2>From the provider</h2>
        <p>Nothing: a guest has no grant. The session and its own data work all the same.</p>
      </section>
    )
  }
  const page = process.env.DEMO_PROVIDER_PAGE
  return (
    <section>
      <h2>From the provider</h2>
      <ClaimTable session={session} />
      <ActionForm action={updateFromProvider} label="Update from the provider" />
      {page && (
        <p>
          <a href={page} target="_blank" rel="noreferrer">
            Change an attribute at the provider
          </a>
          , then update.
        </p>
      )}
      <h2>The grant</h2>
      <dl>
        <dt>Generation</dt>
        <dd data-testid="generation">{grant.generation}</dd>
        <dt>Access token</dt>
        <dd>
          until <Instant at={grant.expiresAt} />
          <SecondsLeft until={grant.expiresAt} />
        </dd>
        <dt>Provider’s session</dt>
        <dd>{grant.sessionExpiresAt === null ? "end unknown" : <Instant at={grant.sessionExpiresAt} />}</dd>
      </dl>
    </section>
  )
}

function Instant({ at }: { at: number }) {
  const text = new Date(at * 1000).toISOString()
  return <time dateTime={text}>{text.slice(11, 19)} UTC</time>
}
