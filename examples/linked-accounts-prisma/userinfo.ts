/** An API behind the access token: here the provider's own userinfo. */
import { getAccessToken } from "@/auth"
import { json } from "@/json-route"

/** A 401 may mean a token that was revoked before its time: one forced refresh and one more try follow. */
export async function fetchUserinfo(): Promise<Response> {
  const { accessToken } = await getAccessToken()
  const url = await userinfoUrl()
  let answer = await ask(url, accessToken)
  if (answer?.status === 401) {
    answer = await ask(url, (await getAccessToken({ force: true })).accessToken)
  }
  if (!answer) return json({ error: "upstream_unreachable" }, 502)
  if (answer.ok) return json(await answer.json())
  return json({ error: "upstream_refused", reason: `The API answered ${answer.status}.` }, 502)
}

async function userinfoUrl(): Promise<string> {
  const issuer = process.env.OIDC_ISSUER?.replace(/\/$/, "")
  const answer = await ask(`${issuer}/.well-known/openid-configuration`)
  const metadata: { userinfo_endpoint?: string } = answer?.ok ? await answer.json() : {}
  return metadata.userinfo_endpoint ?? ""
}

async function ask(url: string, accessToken = ""): Promise<Response | undefined> {
  if (!URL.canParse(url)) return undefined
  const headers = accessToken === "" ? undefined : { authorization: `Bearer ${accessToken}` }
  const limits = { redirect: "error", cache: "no-store", signal: AbortSignal.timeout(5000) } as const
  return fetch(url, { ...limits, ...(headers ? { headers } : {}) }).catch(() => undefined)
}
