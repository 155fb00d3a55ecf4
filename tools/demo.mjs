/**
 * `npm run demo [-- --keycloak] [--port N]`: from a fresh clone to a running demo. Builds only what has changed,
 * keeps its secret and its database in .cache, and stops all that it started on Ctrl-C.
 */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { underWorkspaceNode, workspace } from "./ensure-install.mjs"
import { building, demoBuild, isUpToDate, packageBuild } from "./running/build-state.mjs"
import { ended, runToEnd, signalGroup } from "./running/child-process.mjs"
import { demoEnvironment, embeddedUsers, isPortFree, readPort } from "./running/demo-environment.mjs"

/** What the demo may take to end its connections before it is ended. */
const patienceMs = 20_000

async function main() {
  const { values } = parseArgs({
    options: { keycloak: { type: "boolean", default: false }, port: { type: "string" } },
  })
  const port = readPort(values.port ?? process.env.PORT ?? "3000")
  if (!(await isPortFree(port))) {
    throw new Error(`Port ${port} is taken: npm run demo -- --port ${port + 1}`)
  }

  const environment = demoEnvironment(workspace, port, process.env)
  for (const [build, folder] of /** @type {const} */ ([
    [packageBuild, "packages/evergrant"],
    [demoBuild, "apps/demo"],
  ])) {
    if (isUpToDate(workspace, build)) continue
    console.log(`Building ${folder} …`)
    const run = async () =>
      (await runToEnd("npm", ["run", "build", "--silent", "-w", folder], {
        cwd: workspace,
        env: environment,
      })) === 0
    if (!(await building(workspace, build, run))) throw new Error(`${folder} does not build; see above.`)
  }

  const appUrl = environment.AUTH_URL ?? `http://localhost:${port}`
  const stopAsked = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve("stop"))
  })

  const keycloak = values.keycloak ? await Promise.race([startKeycloak(appUrl), stopAsked]) : null
  if (keycloak === "stop") return 130
  if (keycloak) {
    environment.OIDC_ISSUER = keycloak.issuer
    environment.OIDC_CLIENT_ID = keycloak.clientId
    environment.OIDC_CLIENT_SECRET = keycloak.clientSecret
    // It is a new server each time: users of the last one would hold the addresses of its own.
    environment.DATABASE_URL ??= "memory:"
  }

  const app = startApp(environment)
  process.on("exit", () => signalGroup(app, "SIGKILL"))
  const appEnded = ended(app)
  const first = await Promise.race([isServing(port), appEnded, stopAsked])
  if (first === "serving") {
    tell(appUrl, keycloak, environment)
    await Promise.race([appEnded, stopAsked])
  }

  signalGroup(app, "SIGTERM")
  const killer = setTimeout(() => signalGroup(app, "SIGKILL"), patienceMs)
  const status = await appEnded
  clearTimeout(killer)
  await keycloak?.stop()
  return status
}

/**
 * Runs what `npm start -w apps/demo` runs, without npm and its shell in between: they would be gone before the app,
 * which on SIGTERM lands the refreshes that are on their way. In a group of its own, Ctrl-C comes to us alone.
 *
 * @param {NodeJS.ProcessEnv} environment
 */
function startApp(environment) {
  const folder = join(workspace, "apps/demo")
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  return spawn(`exec ${scripts.start}`, {
    shell: true,
    cwd: folder,
    env: environment,
    stdio: "inherit",
    detached: true,
  })
}

/** @param {string} appUrl */
async function startKeycloak(appUrl) {
  const { startDemoKeycloak } = await import("./keycloak/start-demo-keycloak.ts")
  return await startDemoKeycloak({ appUrl, report: (line) => console.log(line) })
}

/**
 * @param {number} port
 * @returns {Promise<"serving">}
 */
async function isServing(port) {
  for (;;) {
    try {
      const answer = await fetch(`http://localhost:${port}/healthz`, { signal: AbortSignal.timeout(5000) })
      await answer.body?.cancel()
      if (answer.ok) return "serving"
    } catch {
      // Not up yet, or gone: whoever waits for this waits for the end of the program as well.
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/**
 * @param {string} appUrl
 * @param {{ adminUrl: string, users: readonly { username: string, password: string }[] } | null} keycloak
 * @param {NodeJS.ProcessEnv} environment
 */
function tell(appUrl, keycloak, environment) {
  const own = environment.OIDC_ISSUER === undefined
  const users = keycloak?.users ?? (own ? embeddedUsers : [])
  const lines = [
    `Evergrant demo   ${appUrl}`,
    `Provider         ${own ? "embedded" : environment.OIDC_ISSUER}`,
    ...users.map(({ username, password }) => `Sign in as       ${username} (password ${password})`),
    ...(keycloak ? [`Administration   ${keycloak.adminUrl} (admin / admin)`] : []),
    "Ctrl-C stops everything.",
  ]
  console.log(`\n${lines.map((line) => `  ${line}`).join("\n")}\n`)
}

await underWorkspaceNode(fileURLToPath(import.meta.url))
try {
  process.exit(await main())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
