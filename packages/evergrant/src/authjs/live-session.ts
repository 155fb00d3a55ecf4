/** The session of a request, in either strategy. */
import type { JWT } from "@auth/core/jwt"
import type { SignedOutReason } from "../errors.ts"
import type { SessionView } from "../session/session-view.ts"
import type { SessionRow } from "./database/session-rows.ts"

/** A session that this request may act for. */
export interface LiveSession {
  handle: string
  /** The content of the cookie; in the database strategy what it would be. */
  cookie: JWT
  /** In the database strategy. */
  row?: SessionRow
  view: SessionView
  /** `false` for a session that lives in its cookie alone, because it is older than Evergrant. */
  bound: boolean
}

export type RequestReading =
  | { status: "session"; session: LiveSession }
  /** `cookie` tells whether the browser holds one that should go. */
  | { status: "signed_out"; reason: SignedOutReason; cookie: boolean }
