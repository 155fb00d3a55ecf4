import Link from "next/link"
import { SessionProvider } from "next-auth/react"
import { auth } from "@/auth"
import { ClientPlan } from "@/components/client-plan"
import { ThemedMain } from "@/components/themed-main"

export default async function SessionClientPage() {
  const session = await auth()
  return (
    <ThemedMain theme={session?.data.theme}>
      <h1>The session in the browser</h1>
      <SessionProvider session={session}>
        <ClientPlan />
      </SessionProvider>
      <p>
        <Link href="/" prefetch={false}>
          Back
        </Link>
      </p>
    </ThemedMain>
  )
}
