/** The honest result of the sign-out that led here. */

const sentences: Readonly<Record<string, string>> = {
  ended: "Signed out here and at the provider.",
  none: "Signed out here. There was no provider's session to end.",
  unknown: "Signed out here. The provider could not be told: it did not answer clearly.",
  unsupported: "Signed out here. The provider could not be told: it has no way to end a session from here.",
  failed: "Signed out here. The provider could not be told: it was out of reach, or refused.",
}

/** @param flag What the cookie says; anybody may have written it. */
export function SignOutNotice({ flag }: { flag: string | undefined }) {
  const sentence = flag !== undefined && Object.hasOwn(sentences, flag) ? sentences[flag] : undefined
  return sentence === undefined ? null : (
    <p role="status" className="notice">
      {sentence}
    </p>
  )
}
