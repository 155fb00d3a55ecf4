/** Runs the example as its own process, as `npm start -w examples/linked-accounts-prisma` does. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

type Environment = Readonly<Record<string, string>>

/** An example that serves. */
export interface RunningExample {
  readonly url: string
  /** All that it has printed so far, on both streams. */
  output(): string
  /** Ends it and resolves to its exit status; `null` after SIGKILL. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<number | null>
}

/** Milliseconds. Far more than a start or an end takes, even on a busy machine. */
const limitMs = 60_000

/** Starts the example and waits until it serves. Nothing of this process's own environment reaches it but `PATH`. */
export async function startExample(environment: Environment): Promise<RunningExample> {
  const { child, output, ended } = spawnExample(environment)
  const url = await Promise.race([
    readyOn(child, output),
    ended.then((status) => {
      throw new Error(`The example ended with ${status} instead of serving:\n${output()}`)
    }),
  ])
  return {
    url,
    output,
    async stop(signal = "SIGTERM") {
      child.kill(signal)
      const killer = setTimeout(() => child.kill("SIGKILL"), limitMs)
      return await ended.finally(() => clearTimeout(killer))
    },
  }
}

/** Starts an example that is expected to refuse its environment. */
export async function runExampleToEnd(
  environment: Environment,
): Promise<{ status: number | null; output: string }> {
  const { ended, output } = spawnExample(environment)
  const status = await ended
  return { status, output: output() }
}

function spawnExample(environment: Environment) {
  const child = spawn(process.execPath, ["start.mjs"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, ...environment },
  })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk)
      child.emit("printed")
    })
  }
  const ended = once(child, "close").then(([status]: (number | null)[]) => status ?? null)
  return { child, ended, output: () => Buffer.concat(chunks).toString("utf8") }
}

function readyOn(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.on("printed", () => {
      const [, url] = /^ready on (\S+)$/m.exec(output()) ?? []
      if (url !== undefined) resolve(url)
    })
  })
}
