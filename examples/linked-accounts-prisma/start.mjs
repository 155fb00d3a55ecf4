/**
 * Checks the environment, applies the tables and serves the build in one process. SIGTERM and SIGINT end it without
 * losing a refresh that is on its way.
 */
import { existsSync } from "node:fs"
import { createServer } from "node:http"
import process from "node:process"
import { createEvergrant } from "evergrant"
import { completeSettings, SettingError } from "./start/settings.mjs"
import { toStore } from "./start/store.mjs"
import { applyTables } from "./start/tables.mjs"

/** Milliseconds that requests may take to finish when the server is to stop. */
const patienceMs = 5000

async function main() {
  if (!existsSync(".next/BUILD_ID")) {
    throw new SettingError("The example is not built: npm run build -w examples/linked-accounts-prisma.")
  }
  const { env } = process
  completeSettings(env)
  // Next and React decide by it when they are loaded.
  Object.assign(env, { NODE_ENV: "production" })
  await applyTables(env.DATABASE_URL)

  // Before anything is said: whoever reads "ready" may ask for the end at once.
  const stopAsked = new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, resolve)
  })
  const close = await serve(Number(env.PORT))
  console.log(`ready on ${env.AUTH_URL}`)
  await stopAsked
  await close()
  // Stores and running refreshes are shared within the process: this Evergrant closes the application's.
  const secrets = [env.AUTH_SECRET ?? ""]
  await createEvergrant({ store: toStore(env.EVERGRANT_STORE), secrets, providers: () => undefined }).close()
}

/** @param {number} port @returns {Promise<() => Promise<void>>} Ends it, with the requests that are under way. */
async function serve(port) {
  const { default: next } = await import("next")
  const app = next({ dev: false, dir: import.meta.dirname, port, hostname: "localhost" })
  await app.prepare()
  const answer = app.getRequestHandler()
  const server = createServer((request, response) => void answer(request, response))
  await new Promise((resolve, reject) => {
    server.once("error", () => reject(new SettingError(`PORT ${port} is taken: set it to a free one.`)))
    server.listen(port, () => resolve(undefined))
  })
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    // A connection whose last answer is on its way now would be kept for a next request that never comes.
    const idle = setInterval(() => server.closeIdleConnections(), 50)
    const impatient = setTimeout(() => server.closeAllConnections(), patienceMs)
    await closed
    clearInterval(idle)
    clearTimeout(impatient)
    await app.close()
  }
}

process.chdir(import.meta.dirname)
try {
  await main()
  process.exit(0)
} catch (error) {
  if (!(error instanceof SettingError)) throw error
  console.error(error.message)
  process.exit(1)
}
