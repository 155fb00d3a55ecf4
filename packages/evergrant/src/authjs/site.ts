/** Where the application lives, as Auth.js finds it out: `AUTH_URL`, else what the request says. */
import { createActionURL } from "@auth/core"
import type { Binding } from "./binding.ts"
import type { CookieSettings } from "./session-cookie.ts"

export interface Site {
  /** As in `https://app.example`. */
  origin: string
  settings: CookieSettings
}

/** Finds the site of a request. */
export function siteOf(binding: Binding, headers: Headers): Site {
  const origin = originOf(headers)
  return { origin, settings: binding.cookies(origin.startsWith("https:")) }
}

/** The application's own origin, by Auth.js's rules: `AUTH_URL`, else the forwarded or plain host. */
export function originOf(headers: Headers, protocol = "https"): string {
  const seen = headers.get("x-forwarded-proto") ?? protocol
  return createActionURL("session", seen, headers, process.env, {}).origin
}
