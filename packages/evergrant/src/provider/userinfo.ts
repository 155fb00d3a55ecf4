/** The userinfo endpoint (OpenID Connect Core 1.0 §5.3). */
import { allowInsecureRequests, customFetch, processUserInfoResponse, userInfoRequest } from "oauth4webapi"
import type { OidcProvider } from "./oidc-provider.ts"
import { allowsPlainHttp } from "./provider-config.ts"

export type UserinfoVerdict =
  | { status: "accepted"; claims: Record<string, unknown> }
  | { status: "refused"; rule: string }
  | { status: "unchecked"; code: string }

/** Never throws. An answer about another user than `sub` is refused (§5.3.2). */
export async function fetchUserinfo(
  provider: OidcProvider,
  accessToken: string,
  expected: { sub: string },
): Promise<UserinfoVerdict> {
  try {
    const metadata = await provider.metadata()
    const response = await userInfoRequest(metadata, provider.client, accessToken, {
      [customFetch]: provider.request(3),
      [allowInsecureRequests]: allowsPlainHttp(provider.config),
    })
    const claims = await processUserInfoResponse(metadata, provider.client, expected.sub, response)
    return { status: "accepted", claims }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED") return { status: "refused", rule: "sub" }
    return { status: "unchecked", code: "userinfo_unavailable" }
  }
}
