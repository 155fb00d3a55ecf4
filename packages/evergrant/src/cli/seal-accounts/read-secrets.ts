import { checkSecrets } from "../../store/seal.ts"
import { UsageError } from "../usage-error.ts"

/**
 * Reads the secrets in the order of Auth.js: the highest number first, and the one without a number last.
 *
 * @throws {UsageError} There is none, or (in production) a weak one.
 */
export function readSecrets(environment: NodeJS.ProcessEnv): string[] {
  const names = ["AUTH_SECRET_3", "AUTH_SECRET_2", "AUTH_SECRET_1", "AUTH_SECRET"]
  const secrets = names.flatMap((name) => environment[name] || [])
  if (secrets.length === 0) {
    throw new UsageError("AUTH_SECRET is not set: give the command the same secrets as the application.")
  }
  try {
    checkSecrets(secrets, environment.NODE_ENV === "production")
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  return secrets
}
