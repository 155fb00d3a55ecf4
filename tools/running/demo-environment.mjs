/** The environment in which the demo starts without any settings. What the caller has set wins. */
import { randomBytes } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"

/** The users that the embedded provider has without settings. */
export const embeddedUsers = [
  { username: "alice", password: "alice" },
  { username: "bob", password: "bob" },
]

/**
 * @param {string} root
 * @param {number} port
 * @param {NodeJS.ProcessEnv} given
 * @returns {NodeJS.ProcessEnv}
 */
export function demoEnvironment(root, port, given) {
  const cache = join(root, ".cache")
  mkdirSync(cache, { recursive: true })
  return {
    AUTH_URL: `http://localhost:${port}`,
    AUTH_SECRET: given.AUTH_SECRET ?? keptSecret(join(cache, "demo-secret")),
    EVERGRANT_STORE: `sqlite:${join(cache, "demo.db")}`,
    NEXT_TELEMETRY_DISABLED: "1",
    ...given,
    PORT: String(port),
  }
}

/** Kept, so that a restart does not sign everyone out of the demo. @param {string} file */
function keptSecret(file) {
  if (!existsSync(file)) writeFileSync(file, randomBytes(33).toString("base64"), { mode: 0o600 })
  return readFileSync(file, "utf8").trim()
}

/** @param {string} text */
export function readPort(text) {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${text} is not a port`)
  return port
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isPortFree(port) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
