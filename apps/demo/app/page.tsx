import { signedOutFlag } from "evergrant/next"
import { cookies } from "next/headers"
import { auth } from "@/auth"
import { SignInChoices } from "@/components/sign-in-choices"
import { SignOutNotice } from "@/components/sign-out-notice"
import { SignedIn } from "@/components/signed-in"
import { ThemedMain } from "@/components/themed-main"

export default async function HomePage() {
  const session = await auth()
  if (session) {
    return (
      <ThemedMain theme={session.data.theme}>
        <h1>Signed in</h1>
        <SignedIn session={session} />
      </ThemedMain>
    )
  }
  const flag = (await cookies()).get(signedOutFlag)?.value
  return (
    <ThemedMain>
      <h1>A grant that stays fresh</h1>
      <SignOutNotice flag={flag} />
      <p>Sign in and see what your session knows, how it follows the provider, and how it ends everywhere.</p>
      <SignInChoices />
    </ThemedMain>
  )
}
