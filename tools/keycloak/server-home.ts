/**
 * The folder that one running server calls its home. The programs are shared through a link and only the data
 * is its own, so a home costs a megabyte and any number of servers can run at once.
 */
import { existsSync } from "node:fs"
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Installation } from "./installation.ts"

/** One server's own files. */
export interface ServerHome {
  readonly folder: string
  readonly logFile: string
  /** Removes the folder and everything in it. */
  remove(): Promise<void>
}

/** Makes a home in a new folder under `parent`, with a copy of the seed's database if there is a seed. */
export async function createServerHome(
  installation: Installation,
  parent: string = tmpdir(),
): Promise<ServerHome> {
  const folder = await mkdtemp(join(parent, "evergrant-keycloak-"))
  await symlink(join(installation.distribution, "lib"), join(folder, "lib"))
  await cp(join(installation.distribution, "conf"), join(folder, "conf"), { recursive: true })
  await mkdir(join(folder, "providers"))
  if (existsSync(installation.seed)) await cp(installation.seed, join(folder, "data"), { recursive: true })
  return {
    folder,
    logFile: join(folder, "keycloak.log"),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
