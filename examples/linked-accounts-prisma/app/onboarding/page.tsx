import { redirect } from "next/navigation"
import { auth } from "@/auth"
import { takeStep } from "@/onboarding"

async function finish() {
  "use server"
  await takeStep("COMPLETED")
  redirect("/app")
}

export default async function OnboardingPage() {
  const session = await auth()
  if (!session) redirect("/")
  return (
    <main>
      <h1>Onboarding</h1>
      <form action={finish}>
        <button type="submit">Finish</button>
      </form>
    </main>
  )
}
