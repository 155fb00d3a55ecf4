/** Runs the demo as its own process, as `npm start -w apps/demo` does. */
import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { fileURLToPath } from "node:url"
import type { TestProvider } from "../../../packages/evergrant/test/providers/test-provider.ts"

type Environment = Readonly<Record<string, string>>

/** A demo that serves. */
export interface RunningDemo {
  readonly url: string
  readonly pid: number
  /** All that it has printed so far, on both streams. */
  output(): string
  /** Sends SIGTERM and resolves to the exit status. */
  stop(): Promise<number | null>
}

/** Milliseconds. Far more than a start or an end takes, even on a busy machine. */
const startLimitMs = 60_000
const stopLimitMs = 30_000

/** The variables that point the demo to a provider. */
export function providerEnvironment(
  { issuer, clientId, clientSecret }: TestProvider,
  prefix: "OIDC" | "OIDC2" = "OIDC",
): Environment {
  return {
    [`${prefix}_ISSUER`]: issuer,
    [`${prefix}_CLIENT_ID`]: clientId,
    [`${prefix}_CLIENT_SECRET`]: clientSecret,
  }
}

/**
 * Starts the demo and waits until it serves. Nothing of this process's own environment reaches it but `PATH`; it
 * gets a random `AUTH_SECRET` and databases in memory unless `environment` says otherwise.
 *
 * @param environment Has at least `PORT`.
 * @throws {Error} It ended instead, with what it printed.
 */
export async function startDemo(environment: Environment): Promise<RunningDemo> {
  const { child, output, ended } = spawnDemo(environment)
  const limit = setTimeout(() => child.kill("SIGKILL"), startLimitMs)
  const url = await Promise.race([
    readyOn(child, output),
    ended.then((status) => {
      throw new Error(`The demo ended with ${status} instead of serving:\n${output()}`)
    }),
  ]).finally(() => clearTimeout(limit))
  const { pid } = child
  if (pid === undefined) throw new Error("The demo has no process.")
  return {
    url,
    pid,
    output,
    async stop() {
      child.kill("SIGTERM")
      const killer = setTimeout(() => child.kill("SIGKILL"), stopLimitMs)
      return await ended.finally(() => clearTimeout(killer))
    },
  }
}

/** Starts a demo that is expected to refuse its environment. */
export async function runDemoToEnd(
  environment: Environment,
): Promise<{ status: number | null; output: string }> {
  const { child, output, ended } = spawnDemo(environment)
  const limit = setTimeout(() => child.kill("SIGKILL"), startLimitMs)
  const status = await ended.finally(() => clearTimeout(limit))
  return { status, output: output() }
}

function spawnDemo(environment: Environment) {
  const child = spawn(process.execPath, ["start.mjs"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      AUTH_SECRET: randomBytes(32).toString("base64"),
      DATABASE_URL: "memory:",
      ...environment,
    },
  })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk)
      child.emit("printed")
    })
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
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
