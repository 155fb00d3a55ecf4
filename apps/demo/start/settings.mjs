/** The environment of the demo, checked before anything is started. */
import { mkdirSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { toStore } from "./store-setting.mjs"

/** A wrong or missing variable: one sentence that names it and the remedy. */
export class SettingError extends Error {}

/**
 * @typedef {object} Settings
 * @property {number} port
 * @property {string} url The origin that browsers see, as in `http://localhost:3000`.
 * @property {boolean} embedded Whether the demo brings its own provider.
 * @property {number | undefined} providerPort
 * @property {Record<string, string>} environment What the application reads, completed with defaults.
 * @property {string[]} remarks Things that are set and have no effect.
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
  checkStore(store)
  checkSecret(get("AUTH_SECRET"))
  checkChoice("SESSION_STRATEGY", get("SESSION_STRATEGY"), "jwt", "other strategies are not built yet")
  checkChoice("DEMO_EXPOSE_TOKENS", get("DEMO_EXPOSE_TOKENS"), "1", "it turns the token routes on")
  const scope = get("OIDC_SCOPE") ?? "openid profile email"
  if (!scope.split(" ").includes("openid")) {
    throw new SettingError('OIDC_SCOPE lacks openid: add it, as in OIDC_SCOPE="openid profile email".')
  }
  const providerPort = get("PROVIDER_PORT")
  return {
    port,
    url,
    embedded: readEmbedded(get),
    providerPort: providerPort === undefined ? undefined : readPort("PROVIDER_PORT", providerPort),
    environment: {
      PORT: String(port),
      AUTH_URL: url,
      EVERGRANT_STORE: store,
      OIDC_SCOPE: scope,
      DATABASE_URL: readDatabase(get("DATABASE_URL")),
    },
    remarks: get("OIDC2_ISSUER") ? ["OIDC2_ISSUER has no effect: a second provider is not built yet."] : [],
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
  try {
    toStore(setting)
  } catch (error) {
    throw new SettingError(error instanceof Error ? error.message : String(error))
  }
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

/** @param {string} name @param {string | undefined} value @param {string} only @param {string} why */
function checkChoice(name, value, only, why) {
  if (value === undefined || value === only) return
  throw new SettingError(`${name} must be "${only}" or unset: ${why}.`)
}

/** @param {(name: string) => string | undefined} get */
function readEmbedded(get) {
  const names = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"]
  const missing = names.filter((name) => get(name) === undefined)
  if (missing.length === names.length) return true
  if (missing.length > 0) {
    throw new SettingError(
      `${missing.join(" and ")} must be set, too: give all of ${names.join(", ")}, or none for the embedded provider.`,
    )
  }
  if (!/^https?:$/.test(URL.parse(get("OIDC_ISSUER") ?? "")?.protocol ?? "")) {
    throw new SettingError(
      "OIDC_ISSUER is not a URL: give the issuer, as in http://localhost:8080/realms/demo.",
    )
  }
  return false
}

/**
 * Where the application keeps its users.
 *
 * @param {string | undefined} setting
 */
function readDatabase(setting = ".cache/demo-app.db") {
  if (setting === "memory:") return setting
  const file = setting.replace(/^(sqlite|file):/, "")
  if (/^[a-z]+:/.test(file)) {
    throw new SettingError("DATABASE_URL must be the path of an SQLite file, or memory: to keep nothing.")
  }
  mkdirSync(dirname(resolve(file)), { recursive: true })
  return resolve(file)
}
