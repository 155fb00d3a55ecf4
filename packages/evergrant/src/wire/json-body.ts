/** Reads a JSON object from a request, bounded. */
import { RequestError } from "../errors.ts"

/** Bytes of the largest accepted body. */
export const largestRequestBody: number = 64 * 1024

/**
 * Returns the body as an object without a prototype's tricks; an empty body is an empty object.
 *
 * @throws {RequestError} `request_invalid`: 413 too large, 415 another content type, 400 no JSON object.
 */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  const text = await readBoundedText(request)
  if (text === "") return {}
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase()
  if (type !== "application/json") throw new RequestError("request_invalid", 415, "Send application/json.")
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new RequestError("request_invalid", 400, "The body is not JSON.")
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestError("request_invalid", 400, "The body must be a JSON object.")
  }
  if (Object.keys(body).some((key) => key === "__proto__" || key === "constructor" || key === "prototype")) {
    throw new RequestError("request_invalid", 400, "The body holds a key that cannot be a field.")
  }
  return body as Record<string, unknown>
}

/**
 * Returns the body as text.
 *
 * @throws {RequestError} `request_invalid`, 413: larger than 64 KiB.
 */
export async function readBoundedText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > largestRequestBody) throw tooLarge()
  if (!request.body) return ""
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > largestRequestBody) {
      await reader.cancel()
      throw tooLarge()
    }
    chunks.push(part.value)
  }
  return Buffer.concat(chunks).toString("utf8")
}

function tooLarge(): RequestError {
  return new RequestError("request_invalid", 413, "The body is larger than 64 KiB.")
}
