"use server"
/** What the pages' forms do. They work without JavaScript; Next checks that they come from our own origin. */
import { isEvergrantError } from "evergrant"
import { refresh } from "next/cache"
import { redirect } from "next/navigation"
import { refreshSession, signIn, signOut } from "@/auth"
import { takeStep } from "@/onboarding/take-step"

export async function signInAtProvider(): Promise<void> {
  await signIn("oidc", { redirectTo: "/" })
}

/** Links the account to whoever is signed in. */
export async function linkSecondProvider(): Promise<void> {
  await signIn("oidc2", { redirectTo: "/" })
}

export async function signInAsGuest(form: FormData): Promise<void> {
  await signIn("guest", { name: form.get("name"), redirectTo: "/" })
}

export async function leave(): Promise<void> {
  await signOut({ redirectTo: "/" })
}

/** Article 1. The page that answers this very request shows what is new. */
export async function updateFromProvider(): Promise<string> {
  try {
    await refreshSession()
  } catch (error) {
    return toSentence(error)
  }
  refresh()
  return "This is what the provider says now."
}

/** Article 4. */
export async function goOn(_: string, form: FormData): Promise<string> {
  const step = form.get("step")
  try {
    await takeStep(step)
  } catch (error) {
    return toSentence(error)
  }
  if (step === "COMPLETED") redirect("/app")
  refresh()
  return ""
}

function toSentence(error: unknown): string {
  if (!isEvergrantError(error)) throw error
  switch (error.code) {
    case "provider_unavailable":
      return "The provider cannot be reached right now. You stay signed in."
    case "store_unavailable":
      return "We cannot tell right now whether you are signed in. Please try again shortly."
    case "no_grant":
      return "There is no provider to ask: sign in with it first."
    case "signed_out":
      return "You are signed out. Please sign in again."
    default:
      return "That did not work, and nothing was changed."
  }
}
