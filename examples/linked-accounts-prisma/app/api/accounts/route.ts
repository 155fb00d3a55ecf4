import { createHash } from "node:crypto"
import { prisma } from "@/database"
import { json, jsonRoute, requireSession } from "@/json-route"

/** Article 2: what the account rows hold. A fingerprint tells which token it is and gives nothing away. */
export const GET = jsonRoute(async () => {
  const { user } = await requireSession()
  const rows = await prisma.account.findMany({ where: { userId: user.id }, orderBy: { provider: "asc" } })
  return json(
    rows.map(({ provider, providerAccountId, expires_at, scope, access_token, refresh_token }) => ({
      provider,
      providerAccountId,
      expires_at,
      scope,
      access_token_sha256: fingerprint(access_token),
      refresh_token_sha256: fingerprint(refresh_token),
    })),
  )
})

function fingerprint(token: string | null): string | null {
  return token === null ? null : createHash("sha256").update(token).digest("hex")
}
