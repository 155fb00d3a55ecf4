/** Who vouches for a user. The environment decides, and start.mjs has checked it. */
import type { NextAuthConfig } from "next-auth"
import { guest } from "@/guest"

const { OIDC_SCOPE, OIDC2_ISSUER, SESSION_STRATEGY } = process.env

/** Where sessions live. */
export const strategy = SESSION_STRATEGY === "database" ? "database" : "jwt"

/** A guest is in no table of users, and Auth.js keeps somebody like that in a cookie only. */
export const guestsAreWelcome = strategy === "jwt"

/** Whether there is another provider, whose account can be linked. */
export const hasSecondProvider = OIDC2_ISSUER !== undefined

export const providers: NextAuthConfig["providers"] = [
  oidc("oidc", "the provider", "OIDC"),
  ...(hasSecondProvider ? [oidc("oidc2", "the second provider", "OIDC2")] : []),
  ...(guestsAreWelcome ? [guest] : []),
]

function oidc(id: string, name: string, prefix: string) {
  return {
    id,
    name,
    type: "oidc" as const,
    issuer: process.env[`${prefix}_ISSUER`],
    clientId: process.env[`${prefix}_CLIENT_ID`],
    clientSecret: process.env[`${prefix}_CLIENT_SECRET`],
    checks: ["pkce" as const, "state" as const, "nonce" as const],
    authorization: { params: { scope: OIDC_SCOPE ?? "openid profile email" } },
  }
}
