/**
 * Vitest's global setup: one Keycloak for the whole run. Suites take its address from `inject("keycloak")` and
 * make a realm of their own. Where Java or Maven is missing they are told why there is none, unless
 * `EVERGRANT_REQUIRE_ALL=1` asks for a failure. `EVERGRANT_SKIP_KEYCLOAK=1` goes without it on purpose.
 */
import type { TestProject } from "vitest/node"
import { MissingRequirement } from "../../../../tools/keycloak/missing-requirement.ts"
import { startKeycloakServer } from "../../../../tools/keycloak/start-keycloak-server.ts"

/** The shared server, or the reason why there is none. */
export type KeycloakAvailability =
  | { readonly available: true; readonly url: string }
  | { readonly available: false; readonly why: string }

declare module "vitest" {
  export interface ProvidedContext {
    keycloak: KeycloakAvailability
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.EVERGRANT_SKIP_KEYCLOAK === "1") {
    project.provide("keycloak", { available: false, why: "asked to skip (EVERGRANT_SKIP_KEYCLOAK=1)" })
    return undefined
  }
  try {
    const server = await startKeycloakServer({ report: (line) => console.error(line) })
    project.provide("keycloak", { available: true, url: server.url })
    return server.stop
  } catch (error) {
    if (!(error instanceof MissingRequirement) || process.env.EVERGRANT_REQUIRE_ALL === "1") throw error
    console.error(`Suites that need Keycloak are skipped. ${error.message}`)
    project.provide("keycloak", { available: false, why: error.message })
    return undefined
  }
}
