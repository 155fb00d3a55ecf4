/** What `/api/accounts` tells, held against the newest tokens in the store. */
import { createHash } from "node:crypto"
import { expect } from "vitest"
import type { Browser } from "../browser.ts"
import type { Scene } from "./scene.ts"
import { type StoredTokens, storedTokens } from "./stored-tokens.ts"

/** A row, with fingerprints in the place of its tokens. */
export interface AccountFacts {
  provider: string
  providerAccountId: string
  expires_at: number | null
  scope: string | null
  access_token_sha256: string | null
  refresh_token_sha256: string | null
}

/** The rows of the user who is signed in. */
export async function accountsOf(browser: Browser): Promise<AccountFacts[]> {
  const answer = await browser.request("/api/accounts")
  expect(answer.status).toBe(200)
  return (await answer.json()) as AccountFacts[]
}

/**
 * Expects the row to hold the newest tokens over all live logins, and returns those.
 *
 * @param step What has just happened, for whoever reads a failure.
 */
export async function expectNewest(
  { file, secret }: Scene,
  browser: Browser,
  step: string,
  provider = "oidc",
): Promise<StoredTokens> {
  const row = (await accountsOf(browser)).find((one) => one.provider === provider)
  const newest = await newestTokens(file, secret, provider)
  expect([step, row]).toEqual([
    step,
    {
      provider,
      providerAccountId: expect.any(String),
      expires_at: Math.floor(newest.expiresAt),
      scope: newest.scope,
      access_token_sha256: fingerprint(newest.accessToken),
      refresh_token_sha256: fingerprint(newest.refreshToken),
    },
  ])
  return newest
}

/** Of all live logins that hold this provider's tokens, those that were received last. */
async function newestTokens(file: string, secret: string, provider: string): Promise<StoredTokens> {
  const all = (await storedTokens(file, secret)).filter((tokens) => tokens.provider === provider)
  const [newest] = all.toSorted((one, other) => other.receivedAt - one.receivedAt)
  if (!newest) throw new Error(`No login holds tokens of ${provider}.`)
  return newest
}

function fingerprint(token: string): string {
  return createHash("sha256").update(token).digest("hex")
}
