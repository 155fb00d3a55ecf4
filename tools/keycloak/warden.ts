/**
 * A program: `node warden.ts LOG_FILE HOME_FOLDER PROGRAM ARGUMENT…`. It runs the server and stands between it
 * and whoever asked for it, so that the server never outlives its owner, not even when the owner is killed:
 * the kernel then closes our standard input, and that is the order to stop. (Only a warden that is itself
 * killed by SIGKILL leaves a server behind.)
 *
 * Standard output: one line, the process id of the server. Standard input: the line `halt` stops the server and
 * keeps its home folder; the end of the input stops it and removes the folder.
 */
import { spawn } from "node:child_process"
import { openSync, rmSync } from "node:fs"

/** Keycloak closes its database in about a second. */
const patienceMs = 15_000

const [logFile, homeFolder, program, ...programArguments] = process.argv.slice(2)
if (!logFile || !homeFolder || !program)
  throw new Error("usage: warden LOG_FILE HOME_FOLDER PROGRAM ARGUMENT…")

const log = openSync(logFile, "a")
const server = spawn(program, programArguments, { cwd: homeFolder, stdio: ["ignore", log, log] })
server.on("error", (error) => {
  console.error(error.message)
  process.exit(1)
})
server.on("spawn", () => console.log(server.pid))

let removeHome = false

function stop(): void {
  // A server that a test has stopped by SIGSTOP would never see the SIGTERM.
  server.kill("SIGCONT")
  server.kill("SIGTERM")
  setTimeout(() => server.kill("SIGKILL"), patienceMs).unref()
}

process.stdin.setEncoding("utf8")
process.stdin.on("data", (text: string) => {
  if (text.includes("halt")) stop()
})
process.stdin.on("end", () => {
  removeHome = true
  stop()
})
// The owner's death can break the pipes before we notice the end of the input: neither is an error here.
process.stdin.on("error", () => undefined)
process.stdout.on("error", () => undefined)
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, stop)

server.on("exit", (code, signal) => {
  if (removeHome) rmSync(homeFolder, { recursive: true, force: true })
  process.exit(signal ? 1 : (code ?? 1))
})
