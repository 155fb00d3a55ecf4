/** Sign-ins at a test provider for applications that have no browser. */
import { decodeJwt } from "jose"
import type { SignInAccount } from "../../src/session/first-grant.ts"
import { type BareClient, connectBareClient } from "../providers/bare-client.ts"
import { CookieJar } from "../providers/cookie-jar.ts"
import type { TestProvider } from "../providers/test-provider.ts"

/** Where the provider is told to send codes. Nobody listens there. */
export const applicationUrl: string = "http://localhost:3999"

/** A sign-in: what Auth.js would hand over, and the provider's session behind it. */
export interface SignedIn {
  account: SignInAccount
  sid: string
}

export interface SignInDesk {
  /** Signs in with a browser of its own. `expired`: the access token is said to have run out a second ago. */
  signIn(options?: { expired?: boolean }): Promise<SignedIn>
  /** Whether the provider takes this access token. */
  accepts(accessToken: string): Promise<boolean>
}

export async function openSignInDesk(provider: TestProvider): Promise<SignInDesk> {
  const client = await connectBareClient(provider, `${applicationUrl}/callback`)
  return {
    async signIn({ expired = false } = {}) {
      const body = await exchange(client)
      const { sub, sid } = decodeJwt(String(body.id_token))
      const account = {
        ...body,
        provider: "oidc",
        providerAccountId: String(sub),
        ...(expired ? { expires_at: Math.floor(Date.now() / 1000) - 1 } : {}),
      }
      return { account: account as SignInAccount, sid: String(sid) }
    },
    accepts: async (accessToken) => (await client.userinfo(accessToken)).status === 200,
  }
}

async function exchange(client: BareClient): Promise<Record<string, unknown>> {
  const code = (await client.authorize("alice", new CookieJar())).get("code") ?? ""
  const { status, body } = await client.exchange(code)
  if (status !== 200) throw new Error(`the code exchange answered ${status}`)
  return body
}
