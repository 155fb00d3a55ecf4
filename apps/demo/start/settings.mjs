/** The environment of the demo, checked before anything is started. */
import { mkdirSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { openDatabase, toDatabaseFile, usualDatabaseFile } from "./database-setting.mjs"
import { readEmbedded, readSecondEmbedded } from "./provider-settings.mjs"
import { SettingError } from "./setting-error.mjs"
import { toStore } from "./store-setting.mjs"

/**
 * @typedef {object} Settings
 * @property {number} port
 * @property {string} url The origin that browsers see, as in `http://localhost:3000`.
 * @property {boolean} embedded Whether the demo brings its own provider.
 * @property {boolean} secondEmbedded Whether it brings a second one.
 * @property {number | undefined} providerPort
 * @property {Record<string, string>} environment What the application reads, completed with defaults.
 */

/**
 * Reads and checks the environment.
 *
 * @param {NodeJS.ProcessEnv} given
 * @returns {Settings}
 * @throws {SettingError}
 */
export function readSettings(given) {
  const get = (/** @type {string} */ name) => given[name]?.trim() || undefined
  const port = readPort("PORT", get("PORT") ?? "3000")
  const url = readUrl(get("AUTH_URL") ?? `http://localhost:${port}`)
  const store = get("EVERGRANT_STORE") ?? "memory:"
  checkSecret(get("AUTH_SECRET"))
  const database = readDatabase(get("DATABASE_URL") ?? usualDatabaseFile(get("OIDC_ISSUER")))
  const strategy = readStrategy(get("SESSION_STRATEGY") ?? "jwt", database, store)
  checkStore(store)
  checkSwitch("DEMO_EXPOSE_TOKENS", get("DEMO_EXPOSE_TOKENS"), "it turns the token routes on")
  checkSwitch("DEMO_SECOND_PROVIDER", get("DEMO_SECOND_PROVIDER"), "it brings a second embedded provider")
  const scope = get("OIDC_SCOPE") ?? "openid profile email"
  if (!scope.split(" ").includes("openid")) {
    throw new SettingError('OIDC_SCOPE lacks openid: add it, as in OIDC_SCOPE="openid profile email".')
  }
  const providerPort = get("PROVIDER_PORT")
  const providers = {
    embedded: readEmbedded(get),
    secondEmbedded: readSecondEmbedded(get),
    providerPort: providerPort === undefined ? undefined : readPort("PROVIDER_PORT", providerPort),
  }
  checkDatabase(database)
  return {
    port,
    url,
    ...providers,
    environment: {
      PORT: String(port),
      AUTH_URL: url,
      EVERGRANT_STORE: store,
      OIDC_SCOPE: scope,
      SESSION_STRATEGY: strategy,
      DATABASE_URL: database,
    },
  }
}

/** @param {string} name @param {string} text */
function readPort(name, text) {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SettingError(`${name} is not a port: set it to a number from 1 to 65535, or leave it out.`)
  }
  return port
}

/** @param {string} text */
function readUrl(text) {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search || url.hash) {
    throw new SettingError("AUTH_URL must be an origin without a path, as in http://localhost:3000.")
  }
  return url.origin
}

/** @param {string} setting */
function checkStore(setting) {
  inOneSentence(() => toStore(setting))
  // The store creates its file and not the folder that it is in.
  if (setting.startsWith("sqlite:"))
    mkdirSync(dirname(resolve(setting.slice("sqlite:".length))), { recursive: true })
}

/** @param {string | undefined} secret */
function checkSecret(secret) {
  if (secret && secret.length >= 32) return
  const what = secret ? "is shorter than 32 characters" : "is missing"
  throw new SettingError(`AUTH_SECRET ${what}: make one with \`openssl rand -base64 33\`.`)
}

/** @param {string} name @param {string | undefined} value @param {string} why */
function checkSwitch(name, value, why) {
  if (value === undefined || value === "1") return
  throw new SettingError(`${name} must be "1" or unset: ${why}.`)
}

/** @param {string} setting */
function readDatabase(setting) {
  return inOneSentence(() => toDatabaseFile(setting))
}

/**
 * Opens it before anything is served: a wrong path stops the start and not the first sign-in. It comes last, because
 * it makes a file.
 *
 * @param {string} database
 */
function checkDatabase(database) {
  if (database !== "none") inOneSentence(() => openDatabase(database))
}

/**
 * @template T
 * @param {() => T} read
 */
function inOneSentence(read) {
  try {
    return read()
  } catch (error) {
    throw new SettingError(error instanceof Error ? error.message : String(error))
  }
}

/** @param {string} strategy @param {string} database @param {string} store */
function readStrategy(strategy, database, store) {
  if (strategy !== "jwt" && strategy !== "database") {
    throw new SettingError('SESSION_STRATEGY must be "jwt" or "database".')
  }
  if (strategy === "database" && database === "none") {
    throw new SettingError(
      "SESSION_STRATEGY cannot be database without a database: set DATABASE_URL, or SESSION_STRATEGY=jwt.",
    )
  }
  if (strategy === "database" && store === "cookie:") {
    throw new SettingError(
      "SESSION_STRATEGY cannot be database when EVERGRANT_STORE is cookie: (which needs the session cookie): set EVERGRANT_STORE=sqlite:FILE, or SESSION_STRATEGY=jwt.",
    )
  }
  return strategy
}
