import { refresh } from "next/cache"
import Link from "next/link"
import { auth, providers, refreshSession, signIn, signOut } from "@/auth"

/** What the forms do. They work without JavaScript; Next checks that they come from our own origin. */
async function enter(form: FormData) {
  "use server"
  await signIn(String(form.get("provider")), { redirectTo: "/" })
}
async function update() {
  "use server"
  await refreshSession()
  refresh()
}
async function leave() {
  "use server"
  await signOut({ redirectTo: "/" })
}

export default async function HomePage() {
  const session = await auth()
  const held = session?.grants.map((grant) => grant.provider) ?? []
  return (
    <main>
      <h1>{session ? `Hello, ${session.user.name ?? "you"}` : "Please sign in"}</h1>
      {providers.map(({ id }) => (
        <form action={enter} key={id}>
          <input type="hidden" name="provider" value={id} />
          <button type="submit">{toLabel(id, held, session !== null)}</button>
        </form>
      ))}
      {session && (
        <>
          <p>
            Plan <b data-testid="plan">{String(session.claims.plan ?? "none")}</b>, linked accounts:{" "}
            {held.join(", ")}. <Link href="/app">Open the app</Link>
          </p>
          <form action={update}>
            <button type="submit">Update from the provider</button>
          </form>
          <form action={leave}>
            <button type="submit">Sign out</button>
          </form>
        </>
      )}
    </main>
  )
}

function toLabel(id: string, held: string[], signedIn: boolean): string {
  if (held.includes(id)) return `Sign in again with ${id}`
  return signedIn ? `Link ${id}` : `Sign in with ${id}`
}
