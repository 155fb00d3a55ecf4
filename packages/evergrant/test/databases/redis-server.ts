/**
 * A Redis server of a test's own, which it may stop, kill and start again. It keeps what it answered: each write is on
 * the disk first (`appendonly yes`, `appendfsync always`), and nothing is evicted. Knows no test runner.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"

/** See {@link startRedisServer}. */
export interface RedisServer {
  /** The same after each start. */
  readonly url: string
  readonly port: number
  /** Stops the process and resolves when it is gone. `SIGTERM` says farewell, `SIGKILL` does not. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>
  /** Starts the process on the same folder and port, and resolves when it answers. */
  start(): Promise<void>
  /** Freezes the process: connections stay open and nothing is answered. `start()` does not undo it, `thaw()` does. */
  freeze(): void
  thaw(): void
  /** Stops the process, if it runs, and removes its folder. */
  remove(): Promise<void>
}

/** Milliseconds that a server may take until it answers. */
const patienceMs = 20_000

const keeping = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
const keepingAll = ["--maxmemory-policy", "noeviction"]

/**
 * Starts the program `redis-server` from PATH on a free port and a temporary folder.
 *
 * @param settings More of the server's own settings, as in `["--appendonly", "no"]`. The last one of a name counts.
 */
export async function startRedisServer(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "evergrant-redis-"))
  const port = await findFreePort()
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder]
  let child: ChildProcess | undefined

  async function stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const stopping = child
    child = undefined
    if (!stopping || stopping.exitCode !== null || stopping.signalCode !== null) return
    const gone = once(stopping, "exit")
    stopping.kill("SIGCONT")
    stopping.kill(signal)
    await gone
  }

  async function start(): Promise<void> {
    if (child) throw new Error("this redis-server is running already")
    const started = spawn("redis-server", [...place, ...keeping, ...keepingAll, ...settings], {
      stdio: "ignore",
    })
    child = started
    const failed = once(started, "error").then(([error]) => Promise.reject(error))
    const ended = once(started, "exit").then(([code, signal]) =>
      Promise.reject(new Error(`redis-server ended at once (${code ?? signal})`)),
    )
    // Whichever loses the race may still fail, when the server is stopped long afterwards.
    for (const promise of [failed, ended]) promise.catch(() => undefined)
    await Promise.race([failed, ended, untilAnswering(port)])
  }

  const server: RedisServer = {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    stop,
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    async remove() {
      await stop("SIGKILL")
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await start()
  } catch (error) {
    await server.remove()
    throw error
  }
  return server
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const address = probe.address()
  probe.close()
  await once(probe, "close")
  if (address === null || typeof address === "string") throw new Error("the system gave no port")
  return address.port
}

/** Resolves when a `PING` is answered as it should be: a server that still reads its files says `LOADING`. */
async function untilAnswering(port: number): Promise<void> {
  const givingUpAt = performance.now() + patienceMs
  while (!(await answersPing(port))) {
    if (performance.now() > givingUpAt) throw new Error("redis-server does not answer")
    await setTimeout(20)
  }
}

async function answersPing(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  try {
    socket.write("PING\r\n")
    const [answer] = await once(socket, "data")
    return String(answer).startsWith("+PONG")
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
