/**
 * Makes the prepared server once: fetched, built for the embedded database, started and stopped to have an
 * initialised database and a class archive. About a minute and a half, then never again on this machine.
 */
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { administrator } from "./administrator.ts"
import { downloadDistribution } from "./download-distribution.ts"
import { findJava, type Java } from "./find-java.ts"
import { freePort } from "./free-port.ts"
import { type Installation, installationAt, installationFolder, keycloakVersion } from "./installation.ts"
import { lastLines, run } from "./run.ts"
import { serverEnvironment } from "./server-environment.ts"
import { createServerHome } from "./server-home.ts"
import { startServerProcess } from "./server-process.ts"

/** After an hour a work folder belongs to a run that was killed. */
const abandonedAfterMs = 3_600_000

/** Told what is going on while something takes long. */
export type Report = (line: string) => void

/** A prepared server and a Java to run it on. */
export interface PreparedKeycloak {
  readonly installation: Installation
  readonly java: Java
}

/**
 * The prepared server of this machine, made now if it is not there yet. Safe to call from several processes at
 * once and to kill at any time: everything happens in a work folder that gets its name as the last step.
 *
 * @throws {MissingRequirement} Java, Maven or tar is missing; one sentence says which and what to do.
 */
export async function prepareInstallation(report: Report = () => undefined): Promise<PreparedKeycloak> {
  const java = await findJava()
  const folder = installationFolder()
  if (existsSync(folder)) return { installation: installationAt(folder), java }

  await mkdir(dirname(folder), { recursive: true })
  await removeAbandonedWork(folder)
  const work = await mkdtemp(`${folder}.work-`)
  try {
    const installation = installationAt(join(work, "installation"))
    await mkdir(installation.folder)
    report(`Fetching Keycloak ${keycloakVersion} (170 MB, once per machine)`)
    await downloadDistribution(java, work, installation.distribution)
    report("Building it for the embedded database (half a minute, once)")
    await build(installation, java)
    report("Initialising the database (half a minute, once)")
    await seed(installation, java, work)
    await putInPlace(installation.folder, folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return { installation: installationAt(folder), java }
}

async function build(installation: Installation, java: Java): Promise<void> {
  const script = join(installation.distribution, "bin", "kc.sh")
  const built = await run("sh", [script, "build", "--db=dev-file"], serverEnvironment(java))
  if (!built.succeeded) throw new Error(`Keycloak's own build failed.\n${lastLines(built.output)}`)
}

async function seed(installation: Installation, java: Java, work: string): Promise<void> {
  const home = await createServerHome(installation, work)
  const server = await startServerProcess(
    { java, installation, home, port: await freePort(), classArchive: "write" },
    {
      KC_BOOTSTRAP_ADMIN_USERNAME: administrator.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: administrator.password,
    },
  )
  await server.halt()
  await rename(join(home.folder, "data"), installation.seed)
}

/** Another process may have been faster: its result is as good as ours. */
async function putInPlace(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error
  }
}

async function removeAbandonedWork(folder: string): Promise<void> {
  const parent = dirname(folder)
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(folder)}.work-`)) continue
    const work = join(parent, name)
    const age = Date.now() - ((await stat(work).catch(() => undefined))?.mtimeMs ?? Date.now())
    if (age > abandonedAfterMs) await rm(work, { recursive: true, force: true })
  }
}
