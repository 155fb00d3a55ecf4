/**
 * Tells whether a build is older than what it was made of. A stamp is set only after a build that succeeded, so
 * the half-written output of a failed one never passes for a build.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

/**
 * One thing that is built.
 *
 * @typedef {object} Build
 * @property {string} name
 * @property {string} output A file that every build writes.
 * @property {string[]} sources Files and folders; what tools have made inside them is left out.
 */

/** @type {Build} */
export const packageBuild = {
  name: "package",
  output: "packages/evergrant/dist/index.js",
  sources: [
    "packages/evergrant/src",
    "packages/evergrant/package.json",
    "packages/evergrant/tsconfig.build.json",
    "packages/evergrant/tsconfig.json",
    "tsconfig.base.json",
    "package-lock.json",
  ],
}

/** @type {Build} */
export const demoBuild = {
  name: "demo",
  output: "apps/demo/.next/BUILD_ID",
  sources: ["apps/demo", ...packageBuild.sources],
}

/** @type {Build} */
export const examplesBuild = {
  name: "examples",
  output: "examples/linked-accounts-prisma/.next/BUILD_ID",
  sources: ["examples/linked-accounts-prisma", ...packageBuild.sources],
}

/**
 * @param {string} root
 * @param {Build} build
 */
export function isUpToDate(root, build) {
  const stamp = join(root, ".cache/built", build.name)
  if (!existsSync(stamp) || !existsSync(join(root, build.output))) return false
  return newestChange(root, build.sources) < statSync(stamp).mtimeMs
}

/**
 * Runs `work` and remembers that it succeeded, as of the moment it began: what is edited meanwhile is not built.
 *
 * @param {string} root
 * @param {Build} build
 * @param {() => Promise<boolean>} work
 */
export async function building(root, build, work) {
  const stamp = join(root, ".cache/built", build.name)
  rmSync(stamp, { force: true })
  const begun = new Date()
  const succeeded = await work()
  if (succeeded) {
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, "")
    utimesSync(stamp, begun, begun)
  }
  return succeeded
}

/** What a build or a run writes between the sources. */
const made =
  /^(\..*|node_modules|dist|coverage|generated|test|next-env\.d\.ts|.*\.db(-\w+)?|.*\.tsbuildinfo)$/

/**
 * @param {string} root
 * @param {string[]} paths
 * @returns {number}
 */
function newestChange(root, paths) {
  /** @param {string} path @param {boolean} top @returns {number} */
  const visit = (path, top) => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found) return 0
    if (!found.isDirectory()) return found.mtimeMs
    // A folder's own time tells of a file that was removed; at the top it tells of the build's output instead.
    const times = readdirSync(path).map((name) => (made.test(name) ? 0 : visit(join(path, name), false)))
    return Math.max(top ? 0 : found.mtimeMs, ...times)
  }
  return Math.max(0, ...paths.map((path) => visit(join(root, path), true)))
}
