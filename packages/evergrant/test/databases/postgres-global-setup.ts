/**
 * Vitest's global setup: looks for a PostgreSQL server, which suites take from `inject("postgres")`. Where there is
 * none they are skipped, unless `EVERGRANT_REQUIRE_ALL=1` asks for a failure. `EVERGRANT_SKIP_POSTGRES=1` goes
 * without it on purpose.
 */
import type { TestProject } from "vitest/node"
import { findPostgresServer, type PostgresAvailability } from "../../../../tools/postgres/find-server.ts"

declare module "vitest" {
  export interface ProvidedContext {
    postgres: PostgresAvailability
  }
}

export default async function setup(project: TestProject): Promise<void> {
  if (process.env.EVERGRANT_SKIP_POSTGRES === "1") {
    project.provide("postgres", { available: false, why: "asked to skip (EVERGRANT_SKIP_POSTGRES=1)" })
    return
  }
  const server = await findPostgresServer()
  if (!server.available) {
    if (process.env.EVERGRANT_REQUIRE_ALL === "1") throw new Error(server.why)
    console.error(`Suites that need PostgreSQL are skipped: ${server.why}`)
  }
  project.provide("postgres", server)
}
