/** The honest result of the sign-out, or of the silent sign-in, that led here. */
import type { SignedOutFlag } from "evergrant/next"

const sentences: Readonly<Record<SignedOutFlag, string>> = {
  ended: "Signed out here and at the provider.",
  shared: "Signed out here. The provider's session goes on, because another login of yours shares it.",
  none: "Signed out here. There was no provider's session to end.",
  unknown: "Signed out here. The provider could not be told: it did not answer clearly.",
  unsupported: "Signed out here. The provider could not be told: it has no way to end a session from here.",
  rotation_lost:
    "You were signed out, because an answer of the provider was lost on its way. Please sign in again.",
  subject_changed:
    "You were signed out, and somebody else is signed in at the provider now. Please sign in again.",
  failed: "Signed out here. The provider could not be told: it was out of reach, or refused.",
}

/** @param flag What the cookie says; anybody may have written it. */
export function SignOutNotice({ flag }: { flag: string | undefined }) {
  return flag === undefined || !isFlag(flag) ? null : (
    <p role="status" className="notice">
      {sentences[flag]}
    </p>
  )
}

function isFlag(text: string): text is SignedOutFlag {
  return Object.hasOwn(sentences, text)
}
