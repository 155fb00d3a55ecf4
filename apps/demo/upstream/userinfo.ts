/** An API behind the access token: here the provider's own userinfo. */
import { getAccessToken } from "@/auth"
import { json } from "@/http/json-route"

/** Milliseconds that the API may take. */
const limitMs = 5000

/**
 * Fetches it on the server. A 401 may mean a token that was revoked before its time, so one forced refresh and one
 * more try follow; a 403 or a 5xx would be the same with any token.
 */
export async function fetchUserinfo(): Promise<Response> {
  const { accessToken } = await getAccessToken()
  const url = await userinfoUrl()
  let answer = await ask(url, accessToken)
  if (answer?.status === 401) {
    await answer.body?.cancel()
    const renewed = await getAccessToken({ force: true })
    answer = await ask(url, renewed.accessToken)
  }
  if (!answer) return json({ error: "upstream_unreachable" }, 502)
  if (answer.ok) return json(await answer.json())
  await answer.body?.cancel()
  return json({ error: "upstream_refused", reason: `The API answered ${answer.status}.` }, 502)
}

async function ask(url: string | undefined, accessToken?: string): Promise<Response | undefined> {
  if (url === undefined) return undefined
  try {
    return await fetch(url, {
      ...(accessToken === undefined ? {} : { headers: { authorization: `Bearer ${accessToken}` } }),
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(limitMs),
    })
  } catch {
    return undefined
  }
}

const known = new Map<string, string>()

/** Where userinfo is, from the discovery document; asked once, failures aside. */
async function userinfoUrl(): Promise<string | undefined> {
  const issuer = process.env.OIDC_ISSUER ?? ""
  const found = known.get(issuer)
  if (found !== undefined) return found
  const answer = await ask(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`)
  if (!answer?.ok) return undefined
  const metadata = (await answer.json()) as { userinfo_endpoint?: string }
  if (metadata.userinfo_endpoint) known.set(issuer, metadata.userinfo_endpoint)
  return metadata.userinfo_endpoint
}
