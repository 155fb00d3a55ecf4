/** An application of the core alone: signs users in as Auth.js would, and hands their accounts to Evergrant. */
import { decodeJwt } from "jose"
import {
  createEvergrant,
  type Evergrant,
  type EvergrantEvent,
  type EvergrantOptions,
} from "../../../src/index.ts"
import { memoryStore } from "../../../src/stores/memory.ts"
import { connectBareClient } from "../../providers/bare-client.ts"
import { CookieJar } from "../../providers/cookie-jar.ts"
import type { TestProvider } from "../../providers/test-provider.ts"

export const appUrl: string = "http://localhost:3999"
const redirectUri = `${appUrl}/callback`

let names = 0

export interface TestApplication {
  evergrant: Evergrant
  events: EvergrantEvent[]
  /** Signs in by script and returns the handle and the provider's tokens. */
  signIn(
    username?: string,
    jar?: CookieJar,
    parameters?: Record<string, string>,
  ): Promise<{ handle: string; tokens: Record<string, unknown> }>
}

/** Makes an application; by default on a memory store of its own. */
export function createTestApplication(
  provider: TestProvider,
  options: Partial<EvergrantOptions> = {},
): TestApplication {
  const events: EvergrantEvent[] = []
  names += 1
  const evergrant = createEvergrant({
    store: memoryStore({ name: `application ${names}` }),
    secrets: ["0123456789abcdef0123456789abcdef"],
    providers: (id) =>
      id === "oidc"
        ? { id, issuer: provider.issuer, clientId: provider.clientId, clientSecret: provider.clientSecret }
        : undefined,
    claims: { plan: "id_token", email: "userinfo", "realm_access.roles": "access_token" },
    events: (event) => events.push(event),
    ...options,
  })
  return {
    evergrant,
    events,
    async signIn(username = "alice", jar = new CookieJar(), parameters = {}) {
      const client = await connectBareClient(provider, redirectUri)
      const code = (await client.authorize(username, jar, parameters)).get("code") ?? ""
      const { status, body } = await client.exchange(code)
      if (status !== 200) throw new Error(`The code exchange answered ${status}.`)
      const sub = String(decodeJwt(String(body.id_token)).sub)
      const account = {
        ...body,
        access_token: String(body.access_token),
        provider: "oidc",
        providerAccountId: sub,
      }
      const { handle } = await evergrant.startLogin({
        user: { id: `oidc:${sub}` },
        account: account as Parameters<Evergrant["startLogin"]>[0]["account"],
        token: { name: username },
        maxAge: 3600,
      })
      return { handle, tokens: body }
    },
  }
}

/** Asks until the answer is what is waited for. */
export async function eventually<T>(ask: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 400; tries += 1) {
    const answer = await ask()
    if (done(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error("It did not happen within 20 seconds.")
}
