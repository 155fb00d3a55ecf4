/** The types that an application sees. Nothing here runs. */
import type { GetServerSidePropsContext, NextApiRequest, NextApiResponse } from "next"
import type { NextFetchEvent, NextRequest } from "next/server.js"
import NextAuth, { type Session } from "next-auth"
import Keycloak from "next-auth/providers/keycloak"
import { assertType, describe, expectTypeOf, it } from "vitest"
import { z } from "zod"
import type { ClaimDeclarations } from "../../src/index.ts"
import { type EvergrantSession, evergrant, type SessionStatus } from "../../src/next/index.ts"
import { memoryStore } from "../../src/stores/memory.ts"

const Profile = z.object({
  step: z.enum(["START", "PROFILE", "COMPLETED"]).default("START"),
  theme: z.enum(["light", "dark"]).default("light"),
  visits: z.number(),
})
type Profile = z.infer<typeof Profile>

const app = evergrant(NextAuth, {
  providers: [Keycloak],
  session: { strategy: "jwt" },
  evergrant: {
    store: memoryStore(),
    claims: { plan: "id_token", "realm_access.roles": "access_token" },
    data: {
      schema: Profile,
      load: (user) => {
        expectTypeOf(user.id).toEqualTypeOf<string>()
        return { step: "PROFILE" }
      },
      browserWritable: ["theme"],
    },
  },
})
type AppSession = NonNullable<Awaited<ReturnType<(typeof app)["refreshSession"]>>>

describe("the session", () => {
  it("has the declared claims by their paths, and no others", () => {
    expectTypeOf<keyof AppSession["claims"]>().toEqualTypeOf<"plan" | "realm_access.roles">()
    expectTypeOf<AppSession["claims"]["plan"]>().toEqualTypeOf<unknown>()
    expectTypeOf<AppSession["claims"]>().not.toHaveProperty("email")
    // A claim is what the provider says: to be checked before it is used.
    expectTypeOf<AppSession["claims"]["plan"]>().not.toBeString()
  })

  it("has the fields of the schema, each of which may not be there yet", () => {
    expectTypeOf<AppSession["data"]>().toEqualTypeOf<Partial<Profile>>()
    expectTypeOf<AppSession["data"]["step"]>().toEqualTypeOf<"START" | "PROFILE" | "COMPLETED" | undefined>()
    expectTypeOf<AppSession["data"]["visits"]>().toEqualTypeOf<number | undefined>()
    expectTypeOf<AppSession["data"]>().not.toHaveProperty("plan")
  })

  it("has a user with an id, grants without tokens, and what stock Auth.js gives", () => {
    expectTypeOf<AppSession["user"]["id"]>().toEqualTypeOf<string>()
    expectTypeOf<AppSession["user"]>().toExtend<NonNullable<Session["user"]>>()
    expectTypeOf<AppSession>().toExtend<Pick<Session, "expires">>()
    expectTypeOf<AppSession["version"]>().toEqualTypeOf<number>()
    expectTypeOf<keyof AppSession["grants"][number]>().toEqualTypeOf<
      "provider" | "generation" | "expiresAt" | "sessionExpiresAt"
    >()
    expectTypeOf<AppSession>().not.toHaveProperty("accessToken")
  })

  it("is the same wherever it comes from", () => {
    expectTypeOf(app.auth()).resolves.toEqualTypeOf<AppSession | null>()
    expectTypeOf(app.patchSession({})).resolves.toEqualTypeOf<AppSession>()
    expectTypeOf(app.sessionStatus()).resolves.toEqualTypeOf<SessionStatus<AppSession>>()
    expectTypeOf<AppSession>().toExtend<EvergrantSession>()
  })

  it("has nothing declared where nothing was declared", () => {
    const plain = evergrant(NextAuth, { providers: [], evergrant: { store: memoryStore() } })
    type PlainSession = Awaited<ReturnType<(typeof plain)["refreshSession"]>>
    expectTypeOf<keyof PlainSession["claims"]>().toEqualTypeOf<never>()
  })
})

describe("a function of the request", () => {
  it("is typed as a config is", () => {
    const lazy = evergrant(NextAuth, (request) => {
      expectTypeOf(request).toEqualTypeOf<NextRequest | undefined>()
      return {
        providers: [Keycloak],
        evergrant: { store: memoryStore(), claims: { plan: "id_token" }, data: { schema: Profile } },
      }
    })
    expectTypeOf(lazy.patchSession).parameter(0).toEqualTypeOf<Partial<Profile>>()
    type LazySession = Awaited<ReturnType<(typeof lazy)["refreshSession"]>>
    expectTypeOf<keyof LazySession["claims"]>().toEqualTypeOf<"plan">()
  })
})

describe("auth", () => {
  it("has the overloads of stock Auth.js", () => {
    const request = {} as NextRequest
    const event = {} as NextFetchEvent
    expectTypeOf(app.auth(request)).resolves.toEqualTypeOf<Response>()
    expectTypeOf(app.auth(request, event)).resolves.toExtend<Response>()
    expectTypeOf(
      app.auth({} as NextApiRequest, {} as NextApiResponse),
    ).resolves.toEqualTypeOf<AppSession | null>()
    expectTypeOf(app.auth({} as GetServerSidePropsContext)).resolves.toEqualTypeOf<AppSession | null>()
  })

  it("wraps a route handler: request.auth is typed, and the context passed on", () => {
    const route = app.auth<{ params: Promise<{ id: string }> }>((request, context) => {
      expectTypeOf(request.auth).toEqualTypeOf<AppSession | null>()
      expectTypeOf(request.nextUrl.pathname).toEqualTypeOf<string>()
      expectTypeOf(context.params).resolves.toEqualTypeOf<{ id: string }>()
      return Response.json({ step: request.auth?.data.step })
    })
    expectTypeOf(route).toExtend<(request: NextRequest, context: never) => Promise<Response>>()
    // What Next expects of a file `route.ts`.
    assertType<{ GET: (request: NextRequest, context: never) => Promise<Response> }>({ GET: route })
  })

  it("can be the proxy", () => {
    assertType<(request: NextRequest, event: NextFetchEvent) => unknown>(app.auth)
    assertType<(request: NextRequest, event: NextFetchEvent) => unknown>(
      app.auth<NextFetchEvent>((request) => {
        expectTypeOf(request.auth).toEqualTypeOf<AppSession | null>()
      }),
    )
  })

  it("takes nothing else", () => {
    // @ts-expect-error A string is no request.
    void app.auth("request")
  })
})

describe("patchSession", () => {
  it("takes fields of the schema", () => {
    void app.patchSession({ step: "COMPLETED" })
    void app.patchSession({ theme: "dark", visits: 7 }, { request: {} as NextRequest })
  })

  it("refuses everything else", () => {
    // @ts-expect-error Not a field of the schema.
    void app.patchSession({ plan: "gold" })
    // @ts-expect-error Not a value of the field.
    void app.patchSession({ step: "DONE" })
    // @ts-expect-error Not the type of the field.
    void app.patchSession({ visits: "7" })
    // @ts-expect-error A patch is needed.
    void app.patchSession()
  })
})

describe("the config", () => {
  it("names claims by source, and refuses an unknown source", () => {
    evergrant(NextAuth, {
      providers: [],
      evergrant: {
        store: memoryStore(),
        // @ts-expect-error There is no such source.
        claims: { plan: "cookie" },
      },
    })
  })

  it("lets the browser write nothing but fields of the schema", () => {
    evergrant(NextAuth, {
      providers: [],
      evergrant: {
        store: memoryStore(),
        data: {
          schema: Profile,
          // @ts-expect-error Not a field of the schema.
          browserWritable: ["plan"],
        },
      },
    })
  })

  it("refuses a `load` that gives something else", () => {
    evergrant(NextAuth, {
      providers: [],
      evergrant: {
        store: memoryStore(),
        data: {
          schema: Profile,
          // @ts-expect-error Not a value of the field.
          load: () => ({ step: "DONE" }),
        },
      },
    })
  })

  it("needs a store", () => {
    // @ts-expect-error `store` is missing.
    evergrant(NextAuth, { providers: [], evergrant: {} })
    // @ts-expect-error `evergrant` is missing.
    evergrant(NextAuth, { providers: [] })
  })

  it("takes claims that were declared elsewhere", () => {
    const claims = { plan: "id_token" } as const satisfies ClaimDeclarations
    const other = evergrant(NextAuth, { providers: [], evergrant: { store: memoryStore(), claims } })
    type OtherSession = Awaited<ReturnType<(typeof other)["refreshSession"]>>
    expectTypeOf<keyof OtherSession["claims"]>().toEqualTypeOf<"plan">()
  })
})

describe("accounts", () => {
  const options = { store: memoryStore() }

  it("takes a writer alone, the application's own function, or more about accounts", () => {
    const update = async () => "stored" as const
    evergrant(NextAuth, { providers: [], evergrant: { ...options, accounts: { update } } })
    evergrant(NextAuth, {
      providers: [],
      evergrant: {
        ...options,
        accounts: { writer: { update }, sealed: true, source: "row", linking: "on_request" },
      },
    })
    // @ts-expect-error A list is none.
    evergrant(NextAuth, { providers: [], evergrant: { ...options, accounts: [{ update }] } })
    evergrant(NextAuth, {
      providers: [],
      // @ts-expect-error There is no such way of linking.
      evergrant: { ...options, accounts: { linking: "never" } },
    })
  })

  it("hands the application's own function what to write and what must still be there", () => {
    evergrant(NextAuth, {
      providers: [],
      evergrant: {
        ...options,
        accounts: {
          async update(key, patch, expected) {
            expectTypeOf(key.providerAccountId).toEqualTypeOf<string>()
            expectTypeOf(patch.access_token).toEqualTypeOf<string | null | undefined>()
            expectTypeOf(expected.refresh_token).toEqualTypeOf<string | null>()
            return "conflict"
          },
        },
      },
    })
  })

  it("gives tokens outside of a request by user and provider, both needed", () => {
    expectTypeOf(app.getAccessToken({ userId: "1", provider: "oidc" })).resolves.toHaveProperty("accessToken")
    // @ts-expect-error Whose token is not enough.
    void app.getAccessToken({ userId: "1" })
    expectTypeOf(app.openAccount).returns.resolves.toHaveProperty("access_token")
  })
})

describe("the rest", () => {
  it("says what signOut returns by whether it redirects", () => {
    expectTypeOf(app.signOut()).resolves.toEqualTypeOf<never>()
    expectTypeOf(app.signOut({ redirect: true })).resolves.toEqualTypeOf<never>()
    const quiet = app.signOut({ redirect: false, redirectTo: "/" })
    expectTypeOf(quiet).resolves.toHaveProperty("providers")
    expectTypeOf(quiet).resolves.toHaveProperty("redirect").toEqualTypeOf<string>()
  })

  it("tells the reasons of a signed-out status apart from a session", async () => {
    const status = await app.sessionStatus()
    if (status.status === "session") expectTypeOf(status.session).toEqualTypeOf<AppSession>()
    else expectTypeOf(status.reason).toExtend<string>()
    expectTypeOf(status).not.toHaveProperty("reason")
  })

  it("types access tokens", () => {
    const token = app.getAccessToken({ provider: "oidc", minValidity: 30, force: true })
    expectTypeOf(token).resolves.toHaveProperty("accessToken").toEqualTypeOf<string>()
    const narrow = app.getAccessToken({
      scope: "openid email",
      resource: "https://api.example.com/",
      audience: "api",
    })
    expectTypeOf(narrow).resolves.toHaveProperty("scope").toEqualTypeOf<string | null>()
    void app.getAccessToken({ userId: "1", provider: "oidc", scope: "email" })
    // @ts-expect-error Scopes are one text, as the provider reads them.
    void app.getAccessToken({ scope: ["openid", "email"] })
    // @ts-expect-error Not an option.
    void app.getAccessToken({ providerId: "oidc" })
  })

  it("has handlers as Next wants them", () => {
    assertType<{
      GET: (request: NextRequest) => Promise<Response>
      POST: (request: NextRequest) => Promise<Response>
    }>(app.handlers)
  })
})
