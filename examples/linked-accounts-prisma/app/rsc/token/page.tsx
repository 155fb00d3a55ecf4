import { toErrorResponse } from "evergrant/next"
import { notFound } from "next/navigation"
import { connection } from "next/server"
import { tokenJson, tokensAreExposed } from "@/token"

/** The token in a Server Component, which can refresh although it cannot write a cookie. */
export default async function TokenPage() {
  // Without this the answer for the environment of the build would be kept for ever.
  await connection()
  if (!tokensAreExposed()) notFound()
  const answer = await tokenJson().catch((error: unknown) => toErrorResponse(error).json())
  return <pre id="token">{JSON.stringify(answer)}</pre>
}
