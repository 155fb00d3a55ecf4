/**
 * `npm run keycloak [-- --port PORT --app-url URL]`: starts a Keycloak with the realm `demo` and prints the
 * environment for an app. Stays up until Ctrl-C.
 */
import { parseArgs } from "node:util"
import { isPortFree } from "./free-port.ts"
import { startDemoKeycloak } from "./start-demo-keycloak.ts"

/** Keycloak's own default, so that the printed environment stays the same from run to run. */
const usualPort = 8080

/** A missing program, a taken port or a wrong option is told in one sentence, without a stack trace. */
function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: "string" }, "app-url": { type: "string", default: "http://localhost:3000" } },
  })
  const asked = values.port === undefined ? undefined : readPort(values.port)
  const port = asked ?? ((await isPortFree(usualPort)) ? usualPort : undefined)
  const stopRequested = new Promise<void>((resolve) => {
    // Not `once`: npm passes Ctrl-C on to a process that the terminal has told already.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve())
  })
  const starting = startDemoKeycloak({
    appUrl: values["app-url"],
    ...(port === undefined ? {} : { port }),
    report: (line) => console.error(line),
  })
  // Before the server is up there is nothing to stop in order: its warden sees us go.
  const keycloak = await Promise.race([starting, stopRequested])
  if (!keycloak) process.exit(130)

  const users = keycloak.users.map((user) => `${user.username} / ${user.password}`).join(", ")
  console.log(`OIDC_ISSUER=${keycloak.issuer}`)
  console.log(`OIDC_CLIENT_ID=${keycloak.clientId}`)
  console.log(`OIDC_CLIENT_SECRET=${keycloak.clientSecret}`)
  console.log(`# users (name / password): ${users}`)
  console.log(`# administration: ${keycloak.adminUrl} (admin / admin)`)
  console.error("Ctrl-C stops the server.")
  await stopRequested
  await keycloak.stop()
}

function readPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port ${text} is not a port.`)
  return port
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(explain(error))
    process.exit(1)
  },
)
