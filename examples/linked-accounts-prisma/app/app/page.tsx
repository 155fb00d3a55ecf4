import { redirect } from "next/navigation"
import { auth } from "@/auth"

/** Guarded by the proxy, and by itself: a proxy is no place to rely on alone. */
export default async function AppPage() {
  const session = await auth()
  if (!session) redirect("/")
  if (session.data.step !== "COMPLETED") redirect("/onboarding")
  return (
    <main>
      <h1>The app</h1>
    </main>
  )
}
