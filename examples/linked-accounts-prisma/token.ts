/** The one place where a token may leave the server, and only when the environment asks for it by name. */
import { getAccessToken } from "@/auth"

export const tokensAreExposed = (): boolean => process.env.DEMO_EXPOSE_TOKENS === "1"

export async function tokenJson(provider?: string) {
  const token = await getAccessToken(provider === undefined ? {} : { provider })
  return { accessToken: token.accessToken, expiresAt: token.expiresAt, provider: token.provider }
}
