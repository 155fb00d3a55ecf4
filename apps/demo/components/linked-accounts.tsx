/** Article 2: the accounts of the user, and the way to one more. */
import { linkSecondProvider } from "@/actions"
import type { DemoSession } from "@/auth"
import { Instant } from "@/components/instant"
import { type AccountFacts, readAccounts } from "@/data/accounts"
import { hasDatabase } from "@/data/database"
import { hasSecondProvider } from "@/providers"

export function LinkedAccounts({ session: { user, grants } }: { session: DemoSession }) {
  const mayLink = hasSecondProvider && grants.length > 0 && !grants.some((one) => one.provider === "oidc2")
  if (!hasDatabase && !mayLink) return null
  return (
    <section>
      <h2>Linked accounts</h2>
      {hasDatabase && <AccountTable rows={readIfPossible(user.id)} />}
      {mayLink && (
        <form action={linkSecondProvider}>
          <button type="submit">Link the second provider</button>
        </form>
      )}
    </section>
  )
}

function AccountTable({ rows }: { rows: readonly AccountFacts[] | undefined }) {
  if (!rows) return <p>They cannot be read right now.</p>
  if (rows.length === 0) return <p>None: a guest is in no table of users.</p>
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Provider</th>
          <th scope="col">Account</th>
          <th scope="col">Access token</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ provider, providerAccountId, expires_at }) => (
          <tr key={`${provider} ${providerAccountId}`}>
            <th scope="row">{provider}</th>
            <td data-testid={`account-${provider}`}>{providerAccountId}</td>
            <td>
              {expires_at === null ? (
                "none"
              ) : (
                <>
                  until <Instant at={expires_at} />
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The session lives in the store, so a database that is down is no reason to show no page. */
function readIfPossible(userId: string): AccountFacts[] | undefined {
  try {
    return readAccounts(userId)
  } catch {
    return undefined
  }
}
