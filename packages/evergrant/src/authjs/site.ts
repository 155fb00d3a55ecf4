/** Where the application lives, as Auth.js finds it out: `AUTH_URL`, else what the request says. */
import { createActionURL } from "@auth/core"
import type { Binding } from "./binding.ts"
import type { CookieSettings } from "./session-cookie.ts"

export interface Site {
  /** As in `https://app.example`. */
  origin: string
  settings: CookieSettings
}

/** Finds the site of a request. `x-forwarded-proto` counts only as far as Auth.js trusts it. */
export function siteOf(binding: Binding, headers: Headers): Site {
  const protocol = headers.get("x-forwarded-proto") ?? "https"
  const { origin } = createActionURL("session", protocol, headers, process.env, binding.config)
  return { origin, settings: binding.cookies(origin.startsWith("https:")) }
}
