/** A running Keycloak of our own: on loopback, with its own data, gone when its owner is. */
import { freePort, isPortFree } from "./free-port.ts"
import { prepareInstallation, type Report } from "./prepare-installation.ts"
import { createServerHome } from "./server-home.ts"
import { type ServerProcess, startServerProcess } from "./server-process.ts"

/** What {@link startKeycloakServer} takes. */
export interface StartKeycloakServerOptions {
  /** The port to listen on. Default: any free one. */
  readonly port?: number
  /** Told what is going on while something takes long. */
  readonly report?: Report
}

/** A Keycloak that answers at `url`. */
export interface KeycloakServer {
  /** `http://localhost:PORT`, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** The id of the server's process. Another one after {@link up}. */
  readonly pid: number
  /** Where the server writes its log. */
  readonly logFile: string
  /** Freezes the process (SIGSTOP): connections are accepted and nothing is ever answered. */
  pause(): void
  /** Lets a frozen process go on (SIGCONT). */
  resume(): void
  /** Ends the process and keeps its data: connections are refused until {@link up}. */
  down(): Promise<void>
  /** Starts the server again after {@link down}, on the same port and data. */
  up(): Promise<void>
  /** Ends the process and removes its data. Does nothing the second time. */
  stop(): Promise<void>
}

/**
 * Starts a Keycloak with an empty database, in which there is only the administrator. Takes about 8 seconds, and
 * a minute and a half more the first time on a machine. Any number can run at once. If this process ends
 * without `stop()`, even killed, the server is stopped and its data removed by its warden.
 *
 * @throws {MissingRequirement} Java, Maven or tar is missing; one sentence says which and what to do.
 */
export async function startKeycloakServer(options: StartKeycloakServerOptions = {}): Promise<KeycloakServer> {
  if (options.port !== undefined && !(await isPortFree(options.port))) {
    throw new Error(`Port ${options.port} is in use: choose another one.`)
  }
  const { installation, java } = await prepareInstallation(options.report)
  const port = options.port ?? (await freePort())
  const home = await createServerHome(installation)
  options.report?.(`Starting Keycloak on port ${port}`)
  const start = () => startServerProcess({ java, installation, home, port, classArchive: "use" })

  let current: ServerProcess = await start()
  let isUp = true
  return {
    url: `http://localhost:${port}`,
    port,
    logFile: home.logFile,
    get pid() {
      return current.pid
    },
    pause: () => void process.kill(current.pid, "SIGSTOP"),
    resume: () => void process.kill(current.pid, "SIGCONT"),
    async down() {
      if (!isUp) return
      isUp = false
      await current.halt()
    },
    async up() {
      if (isUp) return
      current = await start()
      isUp = true
    },
    async stop() {
      isUp = false
      await current.stop()
    },
  }
}
