/** One request and its answer, with the body read once and readable again for oidc-provider. */
import { IncomingMessage, type ServerResponse } from "node:http"

/** What a handler gets. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  /** The path below `/realms/NAME`. */
  readonly path: string
  readonly body: string
  /** The fields of a form; empty for anything else. */
  readonly form: URLSearchParams
  /** The request, with its body still to be read and the URL relative to the realm. */
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** The largest body that is read, in bytes. */
const bodyLimit = 64 * 1024

/** Reads the whole body. Resolves to nothing when it is too large. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= bodyLimit) chunks.push(chunk)
  }
  return size > bodyLimit ? undefined : Buffer.concat(chunks)
}

/**
 * A copy of a request whose body was read already. oidc-provider wants to read the body by itself and to know
 * the URL before (`originalUrl`) and after the mount path was taken off.
 */
export function replayRequest(
  original: IncomingMessage,
  body: Buffer,
  { mountPath, url }: { mountPath: string; url: string },
): IncomingMessage {
  const copy = new IncomingMessage(original.socket)
  Object.assign(copy, {
    method: original.method,
    url,
    originalUrl: `${mountPath}${url}`,
    headers: original.headers,
    rawHeaders: original.rawHeaders,
    httpVersion: original.httpVersion,
    httpVersionMajor: original.httpVersionMajor,
    httpVersionMinor: original.httpVersionMinor,
    complete: true,
  })
  if (body.length > 0) copy.push(body)
  copy.push(null)
  return copy
}

/** Answers with JSON that nobody may keep. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers })
  response.end(JSON.stringify(body))
}

/** Answers with a page that nobody may keep or frame. */
export function sendPage(
  response: ServerResponse,
  status: number,
  page: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    ...headers,
  })
  response.end(page)
}

/** Sends the browser elsewhere. */
export function sendRedirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, "cache-control": "no-store" })
  response.end()
}
