import type { Java } from "./find-java.ts"

/**
 * The environment of the server and of its build: that of this process without what would change the server
 * (`KC_…` and `QUARKUS_…` are options to Keycloak, and `JAVA`, `JAVA_OPTS…` to its scripts).
 */
export function serverEnvironment(java: Java, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, JAVA_HOME: java.home, ...more }
  const refused = Object.keys(process.env).filter((name) => /^(KC_|QUARKUS_|JAVA$|JAVA_OPTS)/.test(name))
  for (const name of refused) if (!Object.hasOwn(more, name)) delete environment[name]
  return environment
}
