/**
 * The suites. They read `src` by relative path; only the suites of demo and examples use the built package.
 * What a suite may reach decides where a test goes: unit needs nothing but Node, contract databases, the others run
 * real programs.
 */
import { defineConfig } from "vitest/config"

const root = import.meta.dirname
const library = "packages/evergrant/test"
const postgresSetup = `${library}/databases/postgres-global-setup.ts`
const redisSetup = `${library}/databases/redis-global-setup.ts`
const setupFiles = ["tools/test/require-node-24.ts"]
const minutes = (count: number): number => count * 60_000
/** next-auth imports `next/server` without an extension, which Next's bundler resolves and plain Node does not. */
const inlineNextAuth = { deps: { inline: ["next-auth"] } }

export default defineConfig({
  test: {
    projects: [
      {
        root,
        test: { name: "unit", include: [`${library}/unit/**/*.test.ts`], setupFiles },
      },
      {
        root,
        test: {
          name: "faults",
          include: [`${library}/{faults,regression}/**/*.test.ts`],
          globalSetup: [postgresSetup, redisSetup],
          // They wait for disks and servers more than they compute.
          maxWorkers: 2,
          testTimeout: minutes(0.5),
          setupFiles,
        },
      },
      {
        root,
        test: {
          name: "contract",
          include: [`${library}/contract/**/*.test.ts`],
          globalSetup: [postgresSetup, redisSetup],
          testTimeout: minutes(0.5),
          setupFiles,
        },
      },
      {
        root,
        test: {
          name: "integration",
          include: [`${library}/integration/**/*.test.ts`],
          globalSetup: [`${library}/providers/keycloak-global-setup.ts`, postgresSetup, redisSetup],
          maxWorkers: 2,
          testTimeout: minutes(2),
          hookTimeout: minutes(3),
          setupFiles,
          server: inlineNextAuth,
        },
      },
      {
        root,
        test: {
          name: "simulation",
          include: [`${library}/simulation/**/*.test.ts`],
          // A run uses all processors by itself.
          fileParallelism: false,
          testTimeout: minutes(15),
          setupFiles,
        },
      },
      {
        root,
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: [`${library}/types/**/*.test-d.ts`],
            // What is wrong in a source is told by `npm run types`, once.
            ignoreSourceErrors: true,
            tsconfig: "packages/evergrant/tsconfig.json",
          },
        },
      },
      {
        root,
        test: { name: "tools", include: ["tools/test/**/*.test.ts"], testTimeout: minutes(0.5), setupFiles },
      },
      {
        root,
        test: {
          name: "examples",
          include: ["examples/*/test/**/*.test.ts"],
          globalSetup: [`${library}/providers/keycloak-global-setup.ts`, postgresSetup, redisSetup],
          fileParallelism: false,
          testTimeout: minutes(2),
          hookTimeout: minutes(3),
          setupFiles,
        },
      },
      {
        root,
        test: {
          name: "demo",
          include: ["apps/demo/test/**/*.test.ts"],
          globalSetup: [`${library}/providers/keycloak-global-setup.ts`, postgresSetup, redisSetup],
          fileParallelism: false,
          testTimeout: minutes(2),
          hookTimeout: minutes(3),
          setupFiles,
        },
      },
    ],
  },
})
