/** An application with a database: its stock adapter, its account writer, and a store of its own. */
import { createHash } from "node:crypto"
import { expect } from "vitest"
import type { AccountsOptions } from "../../../src/authjs/account-options.ts"
import type { EvergrantAuthOptions } from "../../../src/authjs/options.ts"
import type { TestDatabase } from "../../databases/test-database.ts"
import type { TestProvider } from "../../providers/test-provider.ts"
import {
  type Application,
  type ApplicationOptions,
  appUrl,
  createApplication,
  oidcProvider,
  type TokenAnswer,
} from "../binding/application.ts"

export { appUrl }

export const strategies = ["jwt", "database"] as const
export type Strategy = (typeof strategies)[number]

export interface LinkedOptions extends ApplicationOptions {
  /** What is said of accounts beside the writer. */
  accounts?: AccountsOptions
}

export interface LinkedApplication extends Application {
  /** Answers of the second provider's token endpoint. */
  secondTokens: TokenAnswer[]
}

/** Makes the application; `second` is there as `oidc2`. */
export function createLinkedApplication(
  provider: TestProvider,
  database: TestDatabase,
  strategy: Strategy,
  { accounts, evergrant = {}, ...options }: LinkedOptions = {},
  second?: TestProvider,
): LinkedApplication {
  const tokens: TokenAnswer[] = []
  const secondTokens: TokenAnswer[] = []
  const own: Partial<EvergrantAuthOptions> = { accounts: { writer: database.writer, ...accounts } }
  const app = createApplication(provider, {
    providers: [
      oidcProvider(provider, tokens),
      ...(second ? [oidcProvider(second, secondTokens, "oidc2")] : []),
    ],
    adapter: database.adapter,
    session: { strategy },
    ...options,
    evergrant: { ...own, ...evergrant } as NonNullable<ApplicationOptions["evergrant"]>,
  })
  return { ...app, tokens, secondTokens }
}

/** SHA-256, hex: what a test may print of a token. */
export function fingerprint(token: unknown): string | null {
  return typeof token === "string" ? createHash("sha256").update(token).digest("hex") : null
}

/** The one row of a provider. */
export async function rowOf(database: TestDatabase, provider = "oidc"): Promise<Record<string, unknown>> {
  const rows = (await database.accounts()).filter((row) => row.provider === provider)
  expect(rows).toHaveLength(1)
  return rows[0] ?? {}
}

/** Expects that the row holds exactly these tokens; what the answer left out, from an earlier one. */
export async function expectRow(
  database: TestDatabase,
  answer: TokenAnswer | undefined,
  provider = "oidc",
): Promise<void> {
  const row = await rowOf(database, provider)
  expect({
    access: fingerprint(row.access_token),
    refresh: fingerprint(row.refresh_token),
    id: fingerprint(row.id_token),
  }).toEqual({
    access: fingerprint(answer?.access_token),
    refresh: fingerprint(answer?.refresh_token),
    id: fingerprint(answer?.id_token),
  })
}
