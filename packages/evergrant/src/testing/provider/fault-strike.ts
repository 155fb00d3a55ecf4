/** Carries a fault out on one request. */
import { ServerResponse } from "node:http"
import { type Exchange, sendJson } from "./exchange.ts"
import type { ActiveFault, FaultSwitch } from "./faults.ts"

/** Processes the request, writing the answer to the exchange's response. */
export type Process = (exchange: Exchange) => Promise<void>

/** Lets `fault` happen to the request. Resolves to the status of the answer that was lost, if one was made. */
export async function strike(
  faults: FaultSwitch,
  fault: ActiveFault,
  exchange: Exchange,
  process: Process,
): Promise<number | undefined> {
  const { request, response } = exchange
  const { socket } = request
  switch (fault.kind) {
    case "503":
      sendJson(response, 503, { error: "temporarily_unavailable" }, retryAfter(fault))
      return undefined
    case "429":
      sendJson(response, 429, { error: "too_many_requests" }, retryAfter(fault))
      return undefined
    case "500":
      sendJson(response, 500, { error: "unknown_error" })
      return undefined
    case "html":
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" })
      response.end("<!doctype html><title>Maintenance</title><p>We will be back soon.</p>")
      return undefined
    case "empty":
      response.writeHead(200, { "content-length": "0" })
      response.end()
      return undefined
    case "reset":
      socket.resetAndDestroy()
      return undefined
    case "hang":
      await faults.hold(fault)
      socket.destroy()
      return undefined
    case "lost-answer": {
      // A response without a connection: it takes the answer and keeps it.
      const unsent = new ServerResponse(request)
      await process({ ...exchange, response: unsent })
      socket.destroy()
      return unsent.statusCode
    }
  }
}

function retryAfter({ retryAfter }: ActiveFault): Record<string, string> {
  return retryAfter === undefined ? {} : { "retry-after": String(Math.ceil(retryAfter)) }
}
