import { signInAsGuest, signInAtProvider } from "@/actions"
import { guestsAreWelcome } from "@/providers"

export function SignInChoices() {
  return (
    <section>
      <form action={signInAtProvider}>
        <button type="submit" className="primary">
          Sign in with the provider
        </button>
      </form>
      {guestsAreWelcome && (
        <form action={signInAsGuest} className="row">
          <label>
            Or come in as a guest
            <input name="name" placeholder="Your name" autoComplete="nickname" maxLength={40} />
          </label>
          <button type="submit">Continue</button>
        </form>
      )}
    </section>
  )
}
