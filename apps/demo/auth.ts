import { DrizzleAdapter } from "@auth/drizzle-adapter"
import { drizzleAccounts } from "evergrant/accounts/drizzle"
import { evergrant } from "evergrant/next"
import NextAuth from "next-auth"
import { claims } from "@/data/claims"
import { db, hasDatabase } from "@/data/database"
import { profileSchema } from "@/data/profile"
import { readUser } from "@/data/users"
import { providers, strategy } from "@/providers"
import { toStore } from "@/start/store-setting.mjs"

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
  session: { strategy },
  ...(hasDatabase ? { adapter: DrizzleAdapter(db) } : {}),
  evergrant: {
    store: toStore(process.env.EVERGRANT_STORE),
    ...(hasDatabase ? { accounts: drizzleAccounts(db) } : {}),
    claims,
    data: { schema: profileSchema, load: (user) => readUser(user.id), browserWritable: ["theme"] },
  },
})

/** What `auth()` gives for somebody who is signed in. */
export type DemoSession = Awaited<ReturnType<typeof refreshSession>>
