/** The Auth.js provider of a {@link TestProvider} behind a network that can lose the answer to a rotation. */
import { customFetch, type NextAuthConfig } from "next-auth"
import type { TestProvider } from "../../providers/test-provider.ts"
import { oidcProvider, type TokenAnswer } from "./application.ts"

export interface LosingProvider {
  config: NextAuthConfig["providers"][number]
  /** Lets the provider process the next refresh, and loses what it says. */
  loseNext(): void
}

type Fetch = typeof fetch

/**
 * @param tokens Gets what the token endpoint answers, the lost answers included.
 * @param changes To the provider's config.
 */
export function losingProvider(
  provider: TestProvider,
  tokens: TokenAnswer[],
  changes: object = {},
): LosingProvider {
  let losing = false
  const config = Object.assign(oidcProvider(provider, tokens), changes)
  const usual: Fetch = Reflect.get(config, customFetch)
  const lossy: Fetch = async (address, init) => {
    const answer = await usual(address, init)
    if (!losing || !String(init?.body).includes("grant_type=refresh_token")) return answer
    losing = false
    await answer.arrayBuffer()
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) })
  }
  Object.assign(config, { [customFetch]: lossy })
  return {
    config,
    loseNext() {
      losing = true
    },
  }
}
