/** Reads the JSON that the control surface is sent. What has the wrong type is refused by name. */
import { RequestError } from "../../errors.ts"
import { isJsonObject, type JsonObject } from "./json-object.ts"

/** The body as an object. An empty body is an empty object. */
export function parseBody(text: string): JsonObject {
  try {
    const body: unknown = text === "" ? {} : JSON.parse(text)
    if (isJsonObject(body)) return body
  } catch {
    // Falls through to the same refusal.
  }
  throw new RequestError("request_invalid", 400, "The body is not a JSON object.")
}

/** What a member may be. */
export type MemberKind = "string" | "number" | "boolean" | "object" | "strings"

interface KindTypes {
  string: string
  number: number
  boolean: boolean
  object: JsonObject
  strings: readonly string[]
}

type Picked<Shape extends Readonly<Record<string, MemberKind>>> = {
  [Name in keyof Shape]?: KindTypes[Shape[Name]]
}

/** Takes the members of `shape` out of `body`. Others are refused, so that a misspelt name is not lost silently. */
export function pick<Shape extends Readonly<Record<string, MemberKind>>>(
  body: JsonObject,
  shape: Shape,
): Picked<Shape> {
  for (const [name, value] of Object.entries(body)) {
    const kind = shape[name]
    if (kind === undefined) throw invalid(`There is no member "${name}".`)
    if (!matches(kind, value)) throw invalid(`The member "${name}" must be of the kind ${kind}.`)
  }
  // Each member was checked against its kind just above; the compiler cannot follow that by name.
  return body as Picked<Shape>
}

function matches(kind: MemberKind, value: unknown): boolean {
  if (kind === "object") return isJsonObject(value)
  if (kind === "strings") return Array.isArray(value) && value.every((item) => typeof item === "string")
  return typeof value === kind
}

function invalid(message: string): RequestError {
  return new RequestError("request_invalid", 400, message)
}
