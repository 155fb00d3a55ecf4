/** Scripts: what all share, then the verb's own lines. Redis runs each as one step that nothing interrupts. */
import { createHash } from "node:crypto"
import { toWellFormed } from "../../store/json-text.ts"
import { changes } from "./lua/changes.ts"
import { grants } from "./lua/grants.ts"
import { indexes } from "./lua/indexes.ts"
import { logins } from "./lua/logins.ts"
import { outbox } from "./lua/outbox.ts"
import { tombstones } from "./lua/tombstones.ts"
import { values } from "./lua/values.ts"

/** In this order: each uses what stands before it. */
const shared = [values, indexes, tombstones, changes, grants, logins, outbox]

/** See {@link defineScript}. */
export interface Script {
  text: string
  /** SHA-1 of the text, by which Redis knows a script that it has seen. */
  sha: string
}

/**
 * Makes the script of a verb. It is given all keys and one argument: `arg`, whose numbers are text.
 *
 * @param body Lua. Ends with `return`.
 */
export function defineScript(body: string): Script {
  const text = [...shared, body].join("\n")
  return { text, sha: createHash("sha1").update(text).digest("hex") }
}

/** Writes the argument of a script. Numbers become the shortest text that reads back as the same number. */
export function encodeArgument(argument: object): string {
  return JSON.stringify(argument, (_, value: unknown) => {
    if (typeof value === "number") return String(value)
    return typeof value === "string" ? toWellFormed(value) : value
  })
}
