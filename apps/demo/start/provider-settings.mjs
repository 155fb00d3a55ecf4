/** Which providers the demo signs in at. */
import { SettingError } from "./setting-error.mjs"

/** @typedef {(name: string) => string | undefined} Get A variable, trimmed; one that is empty counts as unset. */

/**
 * Whether the demo brings its own provider, because none is named.
 *
 * @param {Get} get
 * @throws {SettingError}
 */
export function readEmbedded(get) {
  return !isNamed(get, "OIDC", "none for the embedded provider")
}

/**
 * Whether the demo brings a second provider, too, so that there is something to link.
 *
 * @param {Get} get
 * @throws {SettingError}
 */
export function readSecondEmbedded(get) {
  const named = isNamed(get, "OIDC2", "none to do without a second provider")
  const asked = get("DEMO_SECOND_PROVIDER") === "1"
  if (named && asked) {
    throw new SettingError("DEMO_SECOND_PROVIDER must be unset: OIDC2_ISSUER names the second provider.")
  }
  return asked
}

/** @param {Get} get @param {string} prefix @param {string} otherwise */
function isNamed(get, prefix, otherwise) {
  const names = ["ISSUER", "CLIENT_ID", "CLIENT_SECRET"].map((name) => `${prefix}_${name}`)
  const missing = names.filter((name) => get(name) === undefined)
  if (missing.length === names.length) return false
  if (missing.length > 0) {
    throw new SettingError(
      `${missing.join(" and ")} must be set, too: give all of ${names.join(", ")}, or ${otherwise}.`,
    )
  }
  if (!/^https?:$/.test(URL.parse(get(`${prefix}_ISSUER`) ?? "")?.protocol ?? "")) {
    throw new SettingError(
      `${prefix}_ISSUER is not a URL: give the issuer, as in http://localhost:8080/realms/demo.`,
    )
  }
  return true
}
