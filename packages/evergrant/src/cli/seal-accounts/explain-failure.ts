import { isEvergrantError } from "../../errors.ts"
import { UsageError } from "../usage-error.ts"

/** One sentence for what a driver threw, whose text may have several lines, or none for a refused connection. */
export function explainFailure(error: unknown): Error {
  if (error instanceof UsageError) return error
  if (isEvergrantError(error)) return error.code === "option_invalid" ? new UsageError(error.message) : error
  if (!(error instanceof Error)) return new Error(String(error))
  const code = "code" in error ? String(error.code) : error.name
  const text = error.message.split("\n")[0] || code
  return new Error(`The database cannot be used: ${text.replace(/\.$/, "")}.`)
}
