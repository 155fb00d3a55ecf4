/** The environment, checked before anything is started. */
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { defaultStore, toStore } from "./store.mjs"

/** A wrong or missing variable: one sentence that names it and the remedy. */
export class SettingError extends Error {}

/**
 * Checks the environment and completes it with defaults.
 *
 * @param {NodeJS.ProcessEnv} env
 * @throws {SettingError}
 */
export function completeSettings(env) {
  // An empty variable is as good as none.
  for (const name of Object.keys(env)) if (env[name] === "") delete env[name]
  env.PORT ??= "3000"
  env.AUTH_URL ??= `http://localhost:${env.PORT}`
  env.EVERGRANT_STORE ??= defaultStore

  require(/^\d{1,5}$/.test(env.PORT), "PORT is not a port: set it to a number from 1 to 65535.")
  require((env.AUTH_SECRET ?? "").length >=
    32, "AUTH_SECRET is missing or shorter than 32 characters: make one with `openssl rand -base64 33`.")
  require(/^postgres(ql)?:/.test(
    env.DATABASE_URL ?? "",
  ), "DATABASE_URL is missing or not of PostgreSQL: set it, as in postgres://user@localhost:5432/app.")
  requireProvider(env, "OIDC", "")
  if (env.OIDC2_ISSUER !== undefined) requireProvider(env, "OIDC2", " or leave OIDC2_ISSUER out")
  require(["jwt", "database"].includes(
    env.SESSION_STRATEGY ?? "database",
  ), 'SESSION_STRATEGY must be "jwt" or "database".')
  require(["1", undefined].includes(env.DEMO_EXPOSE_TOKENS), 'DEMO_EXPOSE_TOKENS must be "1" or unset.')
  prepareStore(env.EVERGRANT_STORE)
}

/** @param {boolean} condition @param {string} sentence */
function require(condition, sentence) {
  if (!condition) throw new SettingError(sentence)
}

/** @param {NodeJS.ProcessEnv} env @param {string} prefix @param {string} otherwise */
function requireProvider(env, prefix, otherwise) {
  const names = ["ISSUER", "CLIENT_ID", "CLIENT_SECRET"].map((name) => `${prefix}_${name}`)
  const missing = names.filter((name) => env[name] === undefined)
  require(missing.length ===
    0, `${missing.join(" and ")} must be set: give all of ${names.join(", ")}${otherwise}.`)
}

/** @param {string} setting */
function prepareStore(setting) {
  try {
    toStore(setting)
  } catch (error) {
    throw new SettingError(error instanceof Error ? error.message : String(error))
  }
  // The store creates its file and not the folder that it is in.
  if (setting.startsWith("sqlite:")) mkdirSync(dirname(setting.slice("sqlite:".length)), { recursive: true })
}
