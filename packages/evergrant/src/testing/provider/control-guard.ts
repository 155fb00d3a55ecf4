/** Who may use the control surface: the person at this machine, and no web page of another site. */
import type { IncomingMessage } from "node:http"
import { RequestError } from "../../errors.ts"
import type { Realm } from "./realm.ts"

const localNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"]

/** Refuses requests from other machines, and those that reached us under a name that only looks local. */
export function requireLocal(request: IncomingMessage): void {
  const address = request.socket.remoteAddress?.replace("::ffff:", "") ?? ""
  const loopback = address === "::1" || address.startsWith("127.")
  // A page of another site can point its own host name at 127.0.0.1 (DNS rebinding); the Host header tells.
  const host = URL.parse(`http://${request.headers.host}`)?.hostname ?? ""
  if (!loopback || !localNames.includes(host)) {
    throw new RequestError("cross_site", 403, "The control surface answers on this machine's loopback only.")
  }
}

/** Refuses a write that a page of another site could have sent: a plain form cannot send JSON. */
export function requireOwnWrite(realm: Realm, request: IncomingMessage): void {
  const { origin, "content-type": contentType, "sec-fetch-site": fetchSite } = request.headers
  if (contentType?.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    throw new RequestError("request_invalid", 415, "Send JSON, with the content type application/json.")
  }
  const { port } = new URL(realm.origin)
  const own = origin === undefined || localNames.some((name) => origin === `http://${name}:${port}`)
  const site = fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none"
  if (!own || !site)
    throw new RequestError("cross_site", 403, "The control surface takes no writes from other sites.")
}
