/**
 * Finds a Java that Keycloak can run on. Machines often have a newer one installed beside the default, so this
 * looks around before it gives up.
 */
import { readdirSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"
import { findProgram, isExecutableFile } from "./find-program.ts"
import { MissingRequirement } from "./missing-requirement.ts"
import { run } from "./run.ts"

/** The oldest Java that Keycloak 26 supports. */
const oldestJava = 21

/** A Java installation. */
export interface Java {
  readonly home: string
  readonly program: string
  readonly majorVersion: number
}

/**
 * The first Java of version 21 or newer: `JAVA_HOME`, then the `java` on the path, then the neighbours of the
 * JDK that `javac` belongs to, then `usualFolder`, where Linux distributions put them.
 *
 * @throws {MissingRequirement} There is none. The message names what was found instead.
 */
export async function findJava(
  environment: NodeJS.ProcessEnv = process.env,
  usualFolder = "/usr/lib/jvm",
): Promise<Java> {
  const tooOld: Java[] = []
  for (const home of candidateHomes(environment, usualFolder)) {
    const program = join(home, "bin", "java")
    if (!isExecutableFile(program)) continue
    const majorVersion = versionInReleaseFile(home) ?? (await versionByAsking(program))
    if (majorVersion === undefined) continue
    const java = { home, program, majorVersion }
    if (majorVersion >= oldestJava) return java
    tooOld.push(java)
  }
  const found = tooOld.map((java) => `${java.majorVersion} in ${java.home}`).join(", ")
  throw new MissingRequirement(
    `Keycloak needs Java ${oldestJava} or newer and this machine has ${found ? `only Java ${found}` : "none"}: ` +
      "install a JDK of version 21 or 25 (for example Eclipse Temurin) or point JAVA_HOME at one.",
  )
}

function candidateHomes(environment: NodeJS.ProcessEnv, usualFolder: string): Set<string> {
  const homes = new Set<string>()
  if (environment.JAVA_HOME) homes.add(environment.JAVA_HOME)
  for (const name of ["java", "javac"]) {
    const program = findProgram(name, environment)
    if (!program) continue
    const home = dirname(dirname(realpathSync(program)))
    homes.add(home)
    if (name === "javac") for (const neighbour of foldersIn(dirname(home))) homes.add(neighbour)
  }
  for (const home of foldersIn(usualFolder)) homes.add(home)
  return homes
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

function versionInReleaseFile(home: string): number | undefined {
  try {
    return majorVersionOf(/^JAVA_VERSION="([^"]+)"/m.exec(readFileSync(join(home, "release"), "utf8"))?.[1])
  } catch {
    return undefined
  }
}

async function versionByAsking(program: string): Promise<number | undefined> {
  const answer = await run(program, ["-version"])
  return majorVersionOf(/version "([^"]+)"/.exec(answer.output)?.[1])
}

/** Reads both ways of counting: `25.0.3` is 25, and `1.8.0_402` is 8. */
function majorVersionOf(version: string | undefined): number | undefined {
  const [first, second] = (version ?? "").split(/[._+-]/).map(Number)
  const major = first === 1 ? second : first
  return major && Number.isInteger(major) ? major : undefined
}
