import { updateFromProvider } from "@/actions"
import type { DemoSession } from "@/auth"
import { ActionForm } from "@/components/action-form"
import { ClaimTable } from "@/components/claim-table"
import { Instant } from "@/components/instant"
import { SecondsLeft } from "@/components/seconds-left"

/** What came from the provider, and how long it is good. */
export function GrantFacts({ session }: { session: DemoSession }) {
  const [first, ...others] = session.grants
  if (!first) {
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
      <GrantTimes grant={first} testId="generation" />
      {others.map((grant) => (
        <GrantOfLinkedAccount key={grant.provider} grant={grant} />
      ))}
    </section>
  )
}

type Grant = DemoSession["grants"][number]

function GrantOfLinkedAccount({ grant }: { grant: Grant }) {
  return (
    <>
      <h2>The grant of {grant.provider}</h2>
      <GrantTimes grant={grant} testId={`generation-${grant.provider}`} />
    </>
  )
}

function GrantTimes({ grant, testId }: { grant: Grant; testId: string }) {
  return (
    <dl>
      <dt>Generation</dt>
      <dd data-testid={testId}>{grant.generation}</dd>
      <dt>Access token</dt>
      <dd>
        until <Instant at={grant.expiresAt} />
        <SecondsLeft until={grant.expiresAt} />
      </dd>
      <dt>Provider’s session</dt>
      <dd>{grant.sessionExpiresAt === null ? "end unknown" : <Instant at={grant.sessionExpiresAt} />}</dd>
    </dl>
  )
}
