import Link from "next/link"
import { redirect } from "next/navigation"
import { goOn } from "@/actions"
import { auth } from "@/auth"
import { ActionForm } from "@/components/action-form"
import { ThemedMain } from "@/components/themed-main"

export default async function OnboardingPage() {
  const session = await auth()
  if (!session) redirect("/")
  const { step, theme } = session.data
  return (
    <ThemedMain theme={theme}>
      <h1>Onboarding</h1>
      {step === "COMPLETED" ? (
        <p data-testid="onboarding">
          Done. <Link href="/app">Open the app</Link>
        </p>
      ) : (
        <Step at={step ?? "START"} name={session.user.name ?? "there"} />
      )}
    </ThemedMain>
  )
}

function Step({ at, name }: { at: "START" | "PROFILE"; name: string }) {
  const first = at === "START"
  return (
    <>
      <p data-testid="onboarding">Step {first ? 1 : 2} of 2</p>
      <p>
        {first
          ? `Welcome, ${name}. This takes two clicks.`
          : "Almost there. After this click the app opens at once."}
      </p>
      <ActionForm action={goOn} label={first ? "Continue" : "Finish"}>
        <input type="hidden" name="step" value={first ? "PROFILE" : "COMPLETED"} />
      </ActionForm>
    </>
  )
}
