import { PrismaAdapter } from "@auth/prisma-adapter"
import { prismaAccounts } from "evergrant/accounts/prisma"
import { evergrant } from "evergrant/next"
import NextAuth from "next-auth"
import { prisma, readProfile } from "@/database"
import { profileSchema } from "@/profile"
import { toStore } from "@/start/store.mjs"

const env = process.env

/** Sessions are rows, as is natural with an adapter, or cookies that refer to a login in the store. */
export const strategy = env.SESSION_STRATEGY === "jwt" ? "jwt" : "database"

function provider(id: string, prefix: string) {
  return {
    id,
    name: id,
    type: "oidc" as const,
    issuer: env[`${prefix}_ISSUER`],
    clientId: env[`${prefix}_CLIENT_ID`],
    clientSecret: env[`${prefix}_CLIENT_SECRET`],
    checks: ["pkce" as const, "state" as const, "nonce" as const],
    authorization: { params: { scope: env.OIDC_SCOPE ?? "openid profile email" } },
  }
}

export const providers = [provider("oidc", "OIDC"), ...(env.OIDC2_ISSUER ? [provider("oidc2", "OIDC2")] : [])]

export const {
  handlers,
  auth,
  sessionStatus,
  signIn,
  signOut,
  getAccessToken,
  refreshSession,
  patchSession,
  requireSameOrigin,
  ping,
} = evergrant(NextAuth, {
  providers,
  adapter: PrismaAdapter(prisma),
  session: { strategy },
  evergrant: {
    store: toStore(env.EVERGRANT_STORE),
    // Rows of the account table always hold the newest tokens. To encrypt them: { writer, sealed: true }.
    accounts: prismaAccounts(prisma),
    claims: {
      name: "id_token",
      given_name: "id_token",
      family_name: "id_token",
      email: "id_token",
      preferred_username: "id_token",
      plan: "id_token",
      // Keycloak puts roles into the access token only.
      "realm_access.roles": "access_token",
    },
    data: { schema: profileSchema, load: (user) => readProfile(user.id), browserWritable: ["theme"] },
  },
})

export type AppSession = Awaited<ReturnType<typeof refreshSession>>
