/**
 * A PostgreSQL server of a test's own, to be stopped and started as the test likes. Nothing of it is shared: a
 * temporary folder, a free port of loopback, trust, and `fsync` as in production.
 */
import { execFile } from "node:child_process"
import { chown, mkdtemp, readdir, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

/** How PostgreSQL stops: `fast` ends connections and shuts down, `immediate` is what a crash leaves. */
export type StopMode = "fast" | "immediate"

export interface PostgresServer {
  /** Leads to its database `postgres`. The same after every start. */
  readonly url: string
  stop(mode?: StopMode): Promise<void>
  /** Resolves when connections are accepted. */
  start(): Promise<void>
  /** Stops it if it runs, and removes its folder. */
  remove(): Promise<void>
}

/** What the programs are run as: PostgreSQL refuses to work for root. */
interface Owner {
  uid?: number
  gid?: number
}

async function findOwner(): Promise<Owner> {
  if (process.getuid?.() !== 0) return {}
  const idOf = async (flag: string): Promise<number> => Number((await run("id", [flag, "postgres"])).stdout)
  return { uid: await idOf("-u"), gid: await idOf("-g") }
}

/** The folder of `initdb` and `pg_ctl`: the newest of Debian's, else the one that `pg_config` tells of. */
async function findPrograms(): Promise<string> {
  const versions = await readdir("/usr/lib/postgresql").catch(() => [])
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  if (newest !== undefined) return `/usr/lib/postgresql/${newest}/bin`
  return (await run("pg_config", ["--bindir"])).stdout.trim()
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0))
    })
  })
}

/**
 * Creates a server and starts it, which takes about a second.
 *
 * @param settings Lines of `postgresql.conf`, as in `{ max_connections: "10" }`.
 * @throws When PostgreSQL's programs are not installed, with what could not be run.
 */
export async function startPostgresServer(settings: Record<string, string> = {}): Promise<PostgresServer> {
  const [owner, programs, port] = await Promise.all([findOwner(), findPrograms(), findFreePort()])
  const folder = await mkdtemp(join(tmpdir(), "evergrant-postgres-"))
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(folder, owner.uid, owner.gid)
  const data = join(folder, "data")
  const call = (program: string, words: string[]): Promise<unknown> =>
    run(join(programs, program), words, { ...owner, cwd: folder })
  const options = { port: String(port), unix_socket_directories: folder, listen_addresses: "127.0.0.1" }
  const flags = Object.entries({ ...options, ...settings }).map(([name, value]) => `-c ${name}=${value}`)
  let running = false

  async function start(): Promise<void> {
    if (running) return
    await call("pg_ctl", ["-D", data, "-l", join(folder, "log"), "-o", flags.join(" "), "-w", "start"])
    running = true
  }

  async function stop(mode: StopMode = "fast"): Promise<void> {
    if (!running) return
    await call("pg_ctl", ["-D", data, "-m", mode, "-w", "stop"])
    running = false
  }

  async function remove(): Promise<void> {
    await stop("immediate")
    await rm(folder, { recursive: true, force: true })
  }

  try {
    // The cluster itself may be lost in a power cut; what is written to it later is synced as ever.
    await call("initdb", [
      "-D",
      data,
      "-A",
      "trust",
      "-U",
      "postgres",
      "-E",
      "UTF8",
      "--no-locale",
      "--no-sync",
    ])
    await start()
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return { url: `postgresql://postgres@127.0.0.1:${port}/postgres`, stop, start, remove }
}
