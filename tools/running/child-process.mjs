/**
 * Starts programs so that a signal to us reaches them and nothing of them outlives us. Plain JavaScript for Node 20,
 * because it runs before anything is installed.
 */
import { spawn } from "node:child_process"
import process from "node:process"

/** @type {NodeJS.Signals[]} */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"]

/** What a shell reports for a program that a signal ended. */
const signalStatus = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGKILL: 137 }

/**
 * Runs a program in our place: same terminal, our signals, its exit status.
 *
 * @param {string} program
 * @param {string[]} programArguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>}
 */
export async function runToEnd(program, programArguments, options = {}) {
  const child = spawn(program, programArguments, { stdio: "inherit", ...options })
  return await passingSignals((signal) => child.kill(signal), ended(child))
}

/**
 * Runs a command line and keeps what it prints. It is a process group of its own, so that a signal ends all of it.
 *
 * @param {string} line
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ status: number, output: string }>}
 */
export async function runAndCollect(line, options) {
  const child = spawn(line, { shell: true, detached: true, stdio: ["ignore", "pipe", "pipe"], ...options })
  /** @type {Buffer[]} */
  const chunks = []
  child.stdout.on("data", (chunk) => chunks.push(chunk))
  child.stderr.on("data", (chunk) => chunks.push(chunk))
  const status = await passingSignals((signal) => signalGroup(child, signal), ended(child))
  return { status, output: Buffer.concat(chunks).toString("utf8") }
}

/**
 * Sends a signal to a program that was started as a group, and to all that it started.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(child, signal) {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone, which is what the signal was for.
  }
}

/**
 * @param {(signal: NodeJS.Signals) => void} pass
 * @param {Promise<number>} work
 */
async function passingSignals(pass, work) {
  for (const signal of signals) process.on(signal, pass)
  try {
    return await work
  } finally {
    for (const signal of signals) process.off(signal, pass)
  }
}

/**
 * The status with which a program ended, once all it printed has arrived. A grandchild that stays may hold the
 * output open for ever, so the wait for the rest is short.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>}
 */
export function ended(child) {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(error.message)
      resolve(127)
    })
    child.on("exit", (code, signal) => {
      const bySignal =
        signal === null ? 1 : (signalStatus[/** @type {keyof typeof signalStatus} */ (signal)] ?? 1)
      const status = code ?? bySignal
      child.on("close", () => resolve(status))
      setTimeout(() => resolve(status), 2000).unref()
    })
  })
}
