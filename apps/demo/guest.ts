/** A sign-in that gives no grant, as GitHub's would: a session with data of its own and nothing to refresh. */
import { randomUUID } from "node:crypto"
import Credentials from "next-auth/providers/credentials"

const longestName = 40

/**
 * Anybody may be a guest, and a guest is always somebody new. The id is made here: a provider that took it from the
 * form would let anybody be anyone.
 */
export const guest = Credentials({
  id: "guest",
  name: "as a guest",
  credentials: { name: { label: "Name", type: "text" } },
  authorize: ({ name }) => ({ id: `guest:${randomUUID()}`, name: toDisplayName(name) }),
})

function toDisplayName(given: unknown): string {
  const text = typeof given === "string" ? given : ""
  return [...text.replace(/\p{C}/gu, "").trim()].slice(0, longestName).join("") || "Guest"
}
