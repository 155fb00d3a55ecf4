/** Starts one server under its warden, and ends it. Knows nothing of what the server is for. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { lastLines } from "./run.ts"
import { type ServerCommandOptions, serverCommand } from "./server-command.ts"
import { serverEnvironment } from "./server-environment.ts"
import { waitUntilReady } from "./wait-until-ready.ts"

const wardenFile = fileURLToPath(new URL("./warden.ts", import.meta.url))
/** A Node that takes TypeScript: this one, or that of the workspace when the tests run on Node 20. */
const node = process.features.typescript
  ? process.execPath
  : fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url))

/** A server that is up. */
export interface ServerProcess {
  /** The process id of the server itself, not of its warden. */
  readonly pid: number
  /** Ends the server and keeps its data. */
  halt(): Promise<void>
  /** Ends the server and removes its data. Does nothing the second time. */
  stop(): Promise<void>
}

/**
 * Starts a server and waits until it answers.
 *
 * @throws {Error} The server ended instead of answering. The message carries the end of its log.
 */
export async function startServerProcess(
  options: ServerCommandOptions,
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const { home, port, java } = options
  // A group of its own: Ctrl-C in a terminal goes to the owner, which then stops the server in order.
  const warden = spawn(node, [wardenFile, home.logFile, home.folder, ...serverCommand(options)], {
    detached: true,
    env: serverEnvironment(java, environment),
    stdio: ["pipe", "pipe", "inherit"],
  })
  const ended = once(warden, "exit")
  // The warden may be gone already when it is told to stop.
  warden.stdin.on("error", () => undefined)

  const stop = async () => {
    warden.stdin.end()
    await ended
    await home.remove()
  }
  const halt = async () => {
    warden.stdin.write("halt\n")
    await ended
  }
  const pid = await readPid(warden)
  const answered = await waitUntilReady(port, () => isRunning(warden))
  if (pid === undefined || !answered) {
    const log = await readFile(home.logFile, "utf8").catch(() => "")
    await stop()
    throw new Error(`Keycloak did not come up on port ${port}.\n${lastLines(log)}`)
  }
  return { pid, halt, stop }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

/** The first line that the warden prints; undefined when it ends before that. */
async function readPid(warden: ChildProcess): Promise<number | undefined> {
  let printed = ""
  for await (const chunk of warden.stdout ?? []) {
    printed += String(chunk)
    if (printed.includes("\n")) return Number.parseInt(printed, 10)
  }
  return undefined
}
