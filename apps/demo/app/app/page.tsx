import Link from "next/link"
import { redirect } from "next/navigation"
import { auth } from "@/auth"
import { ThemedMain } from "@/components/themed-main"

/** Guarded by the proxy, and by itself: a proxy is no place to rely on alone. */
export default async function AppPage() {
  const session = await auth()
  if (!session) redirect("/")
  if (session.data.step !== "COMPLETED") redirect("/onboarding")
  return (
    <ThemedMain theme={session.data.theme}>
      <h1>Hello, {session.user.name ?? "you"}</h1>
      <p>The proxy let you in, because your session says that the onboarding is done.</p>
      <p>
        <Link href="/" prefetch={false}>
          Back
        </Link>
      </p>
    </ThemedMain>
  )
}
