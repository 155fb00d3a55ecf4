/**
 * Starts the demo in one process: checks the environment, brings a provider if there is none, serves the build.
 * SIGTERM and SIGINT end it without losing a refresh that is on its way.
 */
import { existsSync } from "node:fs"
import process from "node:process"
import { fileURLToPath } from "node:url"

// Next and React decide by it when they are loaded.
Object.assign(process.env, { NODE_ENV: "production" })

/** @param {string} sentence @returns {never} */
function refuse(sentence) {
  console.error(sentence)
  process.exit(1)
}

await import("node:sqlite").catch(() =>
  refuse("The demo needs Node 22.13 or newer (node:sqlite): `npm run demo` brings it."),
)
if (!existsSync(fileURLToPath(new URL(".next/BUILD_ID", import.meta.url)))) {
  refuse("The demo is not built: use `npm run demo`, which builds and starts it.")
}
const { SettingError } = await import("./start/setting-error.mjs")
const { readSettings } = await import("./start/settings.mjs")
const { toStore } = await import("./start/store-setting.mjs")

async function main() {
  const settings = readSettings(process.env)
  Object.assign(process.env, settings.environment)
  const grants = await openGrants()

  // Before anything is said: whoever reads "ready" may ask for the end at once.
  const stop = stopAsked()
  const { startProvider, startSecondProvider } = await import("./start/provider.mjs")
  const embedded = settings.embedded ? await startProvider(settings) : undefined
  const second = settings.secondEmbedded ? await startSecondProvider(settings) : undefined
  Object.assign(process.env, embedded?.environment, second?.environment)

  const { startServer } = await import("./start/server.mjs")
  const server = await startServer(settings.port)
  if (embedded)
    console.log(`embedded provider on ${embedded.provider.origin} (its settings, users and faults)`)
  if (second) console.log(`second embedded provider on ${second.provider.origin}`)
  console.log(`ready on ${settings.url}`)

  await stop
  await server.close()
  await grants.close()
  await embedded?.provider.close()
  await second?.provider.close()
}

/** Resolves at the first signal; a second one ends the process as usual. */
function stopAsked() {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, resolve)
  })
}

/**
 * For the end: waits for refreshes whose tokens are on their way, and closes the store. Both are shared within the
 * process, so this Evergrant is about the same ones as the application's. It is made before anything is served,
 * because it refuses what the application would refuse at its first request.
 */
async function openGrants() {
  const { createEvergrant, isEvergrantError } = await import("evergrant")
  try {
    return createEvergrant({
      store: toStore(process.env.EVERGRANT_STORE),
      secrets: [process.env.AUTH_SECRET ?? ""],
      providers: () => undefined,
    })
  } catch (error) {
    if (isEvergrantError(error)) throw new SettingError(error.message)
    throw error
  }
}

try {
  await main()
  process.exit(0)
} catch (error) {
  if (error instanceof SettingError) refuse(error.message)
  // Next has handlers for what nobody catches, and would let the process live on.
  console.error(error)
  process.exit(1)
}
