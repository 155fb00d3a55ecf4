/**
 * Makes a clone ready to run: installs what the lock file names and goes on under the workspace's own Node 24.
 * Everything here runs on the Node 20 that a machine may have, before anything is installed, so it needs no package.
 *
 * As a command it is a launcher, `node tools/ensure-install.mjs SCRIPT ARGUMENT...`, for a script that acts when imported.
 */
import { createHash } from "node:crypto"
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import { delimiter, join, resolve } from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { runToEnd } from "./running/child-process.mjs"

export const workspace = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "")

/**
 * Installs if needed, then runs `script` again under the workspace's Node unless that is what runs already.
 *
 * @param {string} script The file that called.
 * @returns {Promise<void>} Comes back only under the workspace's Node, with its programs first on `PATH`.
 */
export async function underWorkspaceNode(script) {
  await install(workspace)
  const programs = join(workspace, "node_modules/.bin")
  const node = realpathSync(join(programs, "node"))
  process.env.PATH = [programs, ...foldersOf(process.env.PATH, programs)].join(delimiter)
  if (realpathSync(process.execPath) === node) return
  process.exit(await runToEnd(node, [script, ...process.argv.slice(2)]))
}

/** @param {string} root */
async function install(root) {
  if (!isInstalled(root)) {
    console.log("Installing what package-lock.json names (npm ci) …")
    // The programs of the old installation must not run the installation that removes them.
    const path = foldersOf(process.env.PATH, join(root, "node_modules/.bin")).join(delimiter)
    const status = await runToEnd("npm", ["ci", "--no-audit", "--no-fund"], {
      cwd: root,
      env: { ...process.env, PATH: path },
    })
    if (status !== 0) {
      console.error(`npm ci ended with ${status}; nothing can run without its packages.`)
      process.exit(status)
    }
    if (!isInstalled(root)) throw new Error("npm ci has not installed what package-lock.json names")
  }
  if (!existsSync(join(root, "node_modules/.bin/node"))) {
    console.error(
      "The package `node` is there without its program, because its install script was not run: npm rebuild node",
    )
    process.exit(1)
  }
}

/**
 * Whether node_modules holds what the lock file names. A hash kept from last time answers at once; without it, as
 * after a plain `npm install`, the packages are compared one by one.
 *
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = join(root, "package-lock.json")
  const present = join(root, "node_modules/.package-lock.json")
  if (!existsSync(present)) return false
  const note = join(root, "node_modules/.evergrant-installed")
  const hash = createHash("sha256").update(readFileSync(wanted)).update(readFileSync(present)).digest("hex")
  if (existsSync(note) && readFileSync(note, "utf8") === hash) return true
  if (!satisfies(packagesOf(present), packagesOf(wanted))) return false
  writeFileSync(note, hash)
  return true
}

/** @typedef {{ version?: string, link?: boolean, optional?: boolean, devOptional?: boolean }} LockedPackage */

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
const packagesOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages ?? {}

/**
 * @param {Record<string, LockedPackage>} present
 * @param {Record<string, LockedPackage>} wanted
 */
function satisfies(present, wanted) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true
    const found = present[path]
    // What is made for another platform is in the lock and not on the disk.
    if (!found) return entry.optional === true || entry.devOptional === true
    return found.version === entry.version && (found.link ?? false) === (entry.link ?? false)
  })
}

/**
 * @param {string | undefined} path
 * @param {string} without
 */
const foldersOf = (path, without) =>
  (path ?? "").split(delimiter).filter((one) => one !== "" && one !== without)

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await underWorkspaceNode(fileURLToPath(import.meta.url))
  // In this process, so that a signal finds the script itself and not a launcher in front of it.
  process.argv.splice(1, 1)
  if (process.argv[1] !== undefined) await import(pathToFileURL(resolve(process.argv[1])).href)
}
