import { evergrant } from "evergrant/next"
import NextAuth from "next-auth"
import { claims } from "@/data/claims"
import { profileSchema } from "@/data/profile"
import { readUser } from "@/data/users"
import { guest } from "@/guest"
import { toStore } from "@/start/store-setting.mjs"

const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_SCOPE, EVERGRANT_STORE } = process.env

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
  providers: [
    {
      id: "oidc",
      name: "the provider",
      type: "oidc",
      issuer: OIDC_ISSUER,
      clientId: OIDC_CLIENT_ID,
      clientSecret: OIDC_CLIENT_SECRET,
      checks: ["pkce", "state", "nonce"],
      authorization: { params: { scope: OIDC_SCOPE ?? "openid profile email" } },
    },
    guest,
  ],
  session: { strategy: "jwt" },
  evergrant: {
    store: toStore(EVERGRANT_STORE),
    claims,
    data: { schema: profileSchema, load: (user) => readUser(user.id), browserWritable: ["theme"] },
  },
})

/** What `auth()` gives for somebody who is signed in. */
export type DemoSession = Awaited<ReturnType<typeof refreshSession>>
