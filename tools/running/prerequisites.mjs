/**
 * What a machine may lack for the suites that use real programs. Each missing one is named with its remedy and
 * passed to the suites as an environment variable, by which they skip what they cannot do.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import process from "node:process"

/**
 * @typedef {object} Prerequisite
 * @property {string} name
 * @property {string[]} steps The steps that need it.
 * @property {string} skippedBy Set to "1", it makes the suites skip what needs this.
 * @property {() => Promise<string | null>} missing What is missing and what to do about it, or `null`.
 * @property {(() => boolean)} [provide] Tries to put it in place.
 */

/** @type {Prerequisite[]} */
const prerequisites = [
  {
    name: "Chromium",
    steps: ["demo"],
    skippedBy: "EVERGRANT_SKIP_CHROMIUM",
    missing: async () =>
      onPath("chromium") ? null : "no program chromium on PATH; on Debian: apt-get install -y chromium",
    provide: installChromium,
  },
  {
    name: "Keycloak",
    steps: ["integration", "examples", "demo"],
    skippedBy: "EVERGRANT_SKIP_KEYCLOAK",
    missing: missingForKeycloak,
  },
  {
    name: "PostgreSQL",
    steps: ["faults", "contract", "integration", "examples", "demo"],
    skippedBy: "EVERGRANT_SKIP_POSTGRES",
    missing: missingForPostgres,
  },
  {
    name: "Redis",
    steps: ["faults", "contract", "integration", "examples", "demo"],
    skippedBy: "EVERGRANT_SKIP_REDIS",
    missing: missingForRedis,
  },
]

/**
 * Finds out what is missing for these steps, tells the suites, and says it.
 *
 * @param {string[]} steps
 * @param {boolean} requireAll
 * @returns {Promise<string[]>} One line for each thing that is missing.
 */
export async function lookForPrerequisites(steps, requireAll) {
  const lacks = []
  for (const { name, steps: needing, skippedBy, missing, provide } of prerequisites) {
    if (!needing.some((step) => steps.includes(step))) continue
    let lack = process.env[skippedBy] === "1" ? `left out by ${skippedBy}=1` : await missing()
    if (lack !== null && requireAll && provide?.()) lack = await missing()
    if (lack === null) continue
    process.env[skippedBy] = "1"
    lacks.push(`${name}: ${lack}`)
  }
  return lacks
}

async function missingForKeycloak() {
  const { findJava } = await import("../keycloak/find-java.ts")
  const { installationAt, installationFolder } = await import("../keycloak/installation.ts")
  try {
    await findJava()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const prepared = existsSync(installationAt(installationFolder()).distribution)
  if (prepared || onPath("mvn")) return null
  return "no program mvn on PATH, with which it is downloaded; on Debian: apt-get install -y maven"
}

async function missingForPostgres() {
  const { findPostgresServer } = await import("../postgres/find-server.ts")
  const server = await findPostgresServer()
  return server.available ? null : server.why
}

async function missingForRedis() {
  if (!onPath("redis-server")) {
    return "no program redis-server on PATH; on Debian: apt-get install -y redis-server"
  }
  const { findRedisServer } = await import("../redis/find-server.ts")
  const server = await findRedisServer()
  return server.available ? null : server.why
}

function installChromium() {
  if (process.getuid?.() !== 0 || !onPath("apt-get")) return false
  console.log("Chromium is missing: installing Debian's (apt-get) …")
  const apt = (/** @type {string[]} */ ...words) =>
    spawnSync("apt-get", words, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    }).status === 0
  return apt("update", "-q") && apt("install", "-y", "-q", "chromium")
}

/** @param {string} program */
function onPath(program) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => folder !== "" && existsSync(join(folder, program)))
}
