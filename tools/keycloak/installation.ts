/**
 * Where the prepared server lives. It is kept between runs and between clones, because making it takes a
 * download of 170 MB and about a minute of work.
 */
import { homedir } from "node:os"
import { join } from "node:path"

/** The Keycloak release that everything here is measured against. */
export const keycloakVersion = "26.7.4"

/** The parts of a prepared server. Nothing in it is written to after it has been put in place. */
export interface Installation {
  readonly folder: string
  /** The distribution as released, with the one-time build for the embedded database done. */
  readonly distribution: string
  /** A database that was initialised once, with the administrator in it: saves each start half its time. */
  readonly seed: string
  /** The classes of one start, in the form that Java loads fastest. Another Java ignores the file. */
  readonly classArchive: string
}

/** The parts of an installation that lies, or shall lie, in `folder`. */
export function installationAt(folder: string): Installation {
  return {
    folder,
    distribution: join(folder, "distribution"),
    seed: join(folder, "seed"),
    classArchive: join(folder, "classes.jsa"),
  }
}

/** The folder that every clone of the repository shares. */
export function installationFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const cache = environment.XDG_CACHE_HOME || join(homedir(), ".cache")
  return join(cache, "evergrant", `keycloak-${keycloakVersion}`)
}
