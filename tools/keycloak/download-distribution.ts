import { mkdir, readdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import type { Java } from "./find-java.ts"
import { findProgram } from "./find-program.ts"
import { keycloakVersion } from "./installation.ts"
import { MissingRequirement } from "./missing-requirement.ts"
import { lastLines, run } from "./run.ts"

const copyGoal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
const artifact = `org.keycloak:keycloak-quarkus-dist:${keycloakVersion}:tar.gz`

/**
 * Fetches the released server by Maven, which knows the mirrors and proxies of this machine, and unpacks it to
 * `target`. The archive is packed with `tar.gz` because not every machine has `unzip`.
 *
 * @throws {MissingRequirement} Maven or tar is not installed, or Maven could not fetch the archive.
 */
export async function downloadDistribution(java: Java, workFolder: string, target: string): Promise<void> {
  const maven = findProgram("mvn")
  if (!maven) {
    throw new MissingRequirement(
      `Keycloak ${keycloakVersion} is not on this machine yet and Maven, which fetches it, is missing: install "maven".`,
    )
  }
  const tar = findProgram("tar")
  if (!tar)
    throw new MissingRequirement('The program "tar", which unpacks Keycloak, is missing: install "tar".')

  const downloads = join(workFolder, "downloads")
  await mkdir(downloads, { recursive: true })
  const fetched = await run(
    maven,
    ["--batch-mode", "--quiet", copyGoal, `-Dartifact=${artifact}`, `-DoutputDirectory=${downloads}`],
    { ...process.env, JAVA_HOME: java.home },
  )
  const archive = (await readdir(downloads)).find((name) => name.endsWith(".tar.gz"))
  if (!fetched.succeeded || !archive) {
    throw new MissingRequirement(
      `Maven could not fetch ${artifact}: see that this machine reaches a Maven repository.\n${lastLines(fetched.output)}`,
    )
  }
  const unpacked = await run(tar, ["-xzf", join(downloads, archive), "-C", downloads])
  if (!unpacked.succeeded) throw new Error(`tar could not unpack Keycloak.\n${lastLines(unpacked.output)}`)
  await rename(join(downloads, `keycloak-${keycloakVersion}`), target)
  await rm(downloads, { recursive: true })
}
