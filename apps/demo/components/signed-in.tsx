import Link from "next/link"
import { leave } from "@/actions"
import type { DemoSession } from "@/auth"
import { GrantFacts } from "@/components/grant-facts"
import { LinkedAccounts } from "@/components/linked-accounts"
import { ThemeSwitch } from "@/components/theme-switch"

export function SignedIn({ session }: { session: DemoSession }) {
  const { user, data, version } = session
  return (
    <>
      <p>
        You are <strong data-testid="user">{user.name ?? user.id}</strong>
        {user.email && <>, {user.email}</>}.
      </p>
      <GrantFacts session={session} />
      <LinkedAccounts session={session} />
      <section>
        <h2>The application’s own data</h2>
        <dl>
          <dt>Onboarding</dt>
          <dd data-testid="step">{data.step}</dd>
          <dt>Theme</dt>
          <dd data-testid="theme">{data.theme}</dd>
          <dt>Version of the session</dt>
          <dd data-testid="version">{version}</dd>
        </dl>
        <div className="row">
          <ThemeSwitch theme={data.theme ?? "light"} />
          <Link href="/app" prefetch={false}>
            {data.step === "COMPLETED" ? "Open the app" : "Open the app (onboarding comes first)"}
          </Link>
          <Link href="/session-client" prefetch={false}>
            The session in the browser
          </Link>
        </div>
      </section>
      <form action={leave}>
        <button type="submit">Sign out</button>
      </form>
    </>
  )
}
