/** The session of a call, and the outcomes that are no session. */
import type { NextRequest } from "next/server.js"
import {
  type Binding,
  type EvergrantSession,
  type LiveSession,
  presentSession,
  type RequestReading,
  readRequest,
  type Site,
  silentPath,
  siteOf,
} from "../authjs/index.ts"
import { SignedOutError, type SignedOutReason } from "../errors.ts"
import type { Application } from "./application.ts"
import { type RequestLike, type Source, sourceOf } from "./source.ts"

/** What `sessionStatus()` tells. The fourth outcome, "unknown", is thrown as `store_unavailable`. */
export type SessionStatus<Session = EvergrantSession> =
  | { status: "session"; session: Session }
  | {
      status: "signed_out"
      reason: SignedOutReason
      /** The path that signs the user in again without a question, once, with `?returnTo=/page` behind it. */
      silent?: string
    }

/** A call with everything that it needs. */
export interface Call {
  binding: Binding
  source: Source
  site: Site
}

/** Prepares a call; without a request it is the one that Next is handling. */
export async function prepareCall(application: Application, request?: RequestLike): Promise<Call> {
  // First: it tells `next build` that the page is dynamic, on a machine that knows no secret.
  const source = await sourceOf(request)
  const binding = await application.bindingFor(
    request instanceof Request ? (request as NextRequest) : undefined,
  )
  return { binding, source, site: siteOf(binding, source.headers) }
}

/** Reads without presenting. */
export function readCall(call: Call, options: { refresh?: boolean } = {}): Promise<RequestReading> {
  return readRequest(call.binding, call.site.settings, call.source.cookie, options)
}

/**
 * Reads for a call that cannot go on without a session.
 *
 * @throws {SignedOutError}
 */
export async function requireLive(call: Call): Promise<LiveSession> {
  const reading = await readCall(call, { refresh: false })
  if (reading.status === "signed_out") throw new SignedOutError(reading.reason)
  return reading.session
}

/** Reads and presents. */
export async function sessionStatus(call: Call): Promise<SessionStatus & { live?: LiveSession }> {
  const reading = await readCall(call)
  if (reading.status === "signed_out") {
    const { status, reason } = reading
    const silent = await silentPath(call.binding, call.site.settings, call.source.cookie, reason)
    return { status, reason, ...(silent === undefined ? {} : { silent }) }
  }
  const presented = await presentSession(call.binding, reading.session)
  if ("denied" in presented) return { status: "signed_out", reason: presented.denied }
  return { status: "session", session: presented.session, live: reading.session }
}
