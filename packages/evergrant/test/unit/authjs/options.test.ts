import { describe, expect, it } from "vitest"
import { checkOptions, type EvergrantAuthConfig } from "../../../src/authjs/options.ts"
import { createEvergrant } from "../../../src/evergrant.ts"
import { cookieStore } from "../../../src/stores/cookie.ts"
import { memoryStore } from "../../../src/stores/memory.ts"

const store = memoryStore()

/** A config as plain JavaScript may hand it over. */
function config(evergrant: unknown, rest: object = {}): EvergrantAuthConfig {
  return Object.assign({ providers: [] }, { evergrant }, rest) as EvergrantAuthConfig
}

describe("checkOptions", () => {
  it("accepts a store alone", () => {
    expect(() => checkOptions(config({ store }))).not.toThrow()
  })

  it("accepts every option there is", () => {
    const schema = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } }
    const all = {
      store,
      namespace: "shop",
      claims: { plan: "id_token" },
      data: { schema },
      refresh: { ahead: 60 },
      providers: { oidc: { serverAddress: "http://keycloak:8080" } },
      adopt: () => undefined,
      events: () => {},
    }
    expect(() => checkOptions(config(all, { session: { strategy: "jwt" }, adapter: {} }))).not.toThrow()
  })

  it.each<[string, unknown, object, string, string]>([
    ["no options", undefined, {}, "`evergrant` is missing", 'add { store: sqliteStore("evergrant.db") }'],
    ["null for options", null, {}, "`evergrant` is missing", 'add { store: sqliteStore("evergrant.db") }'],
    [
      "a misspelled option",
      { store, claim: {} },
      {},
      "evergrant.claim is not an option",
      "There are: store,",
    ],
    ["no store", {}, {}, "evergrant.store must be a store", 'from "evergrant/stores/sqlite"'],
    ["no store", {}, {}, "evergrant.store must be a store", 'cookieStore() from "evergrant/stores/cookie"'],
    [
      "the session cookie for a store where it holds no token",
      { store: cookieStore() },
      { session: { strategy: "database" } },
      "cookieStore() needs the session cookie",
      'use sqliteStore("evergrant.db"), or set session: { strategy: "jwt" }',
    ],
    [
      "the same where the strategy follows from an adapter",
      { store: cookieStore() },
      { adapter: {} },
      'session strategy "database"',
      'use sqliteStore("evergrant.db"), or set session: { strategy: "jwt" }',
    ],
    [
      "a path for a store",
      { store: "file.db" },
      {},
      "evergrant.store must be",
      'sqliteStore("evergrant.db")',
    ],
    [
      "a cookie that the application writes itself, for tokens",
      { store: cookieStore() },
      { jwt: { encode: async () => "signed only" } },
      "which Auth.js alone must encrypt",
      "remove jwt.encode and jwt.decode, or use sqliteStore",
    ],
    [
      "data without a schema",
      { store, data: {} },
      {},
      "evergrant.data.schema must be",
      "for example a zod object",
    ],
    [
      "a plain object for a schema",
      { store, data: { schema: { step: "string" } } },
      {},
      "evergrant.data.schema must be a Standard Schema",
      "for example a zod object",
    ],
  ])(
    "refuses %s, naming the option and the remedy in one sentence or two",
    (_name, options, rest, names, remedy) => {
      const check = () => checkOptions(config(options, rest))

      expect(check).toThrow(expect.objectContaining({ code: "option_invalid", remedy: "reconfigure" }))
      expect(check).toThrow(names)
      expect(check).toThrow(remedy)
    },
  )
})

describe("createEvergrant", () => {
  const options = { store, secrets: ["correct-horse-battery-staple-0123456789"], providers: () => undefined }
  const withOptions = (changes: object) => () => createEvergrant(Object.assign({}, options, changes))

  it.each<[string, object, RegExp]>([
    ["no store", { store: undefined }, /evergrant\.store is missing: pass sqliteStore.*or cookieStore\(\)/],
    ["no secret", { secrets: [] }, /AUTH_SECRET is not set\. Run `npx auth secret`/],
    ["a reserved claim", { claims: { sub: "id_token" } }, /"sub" cannot be declared.*Remove it/],
    [
      "an unknown source",
      { claims: { plan: "cookie" } },
      /source of "plan" must be "id_token", "userinfo" or/,
    ],
  ])("refuses %s at start, naming the option and the remedy", (_name, changes, sentence) => {
    expect(withOptions(changes)).toThrow(sentence)
    expect(withOptions(changes)).toThrow(expect.objectContaining({ code: "option_invalid" }))
  })

  it("opens and fetches nothing at start", () => {
    const untouched = { kind: "test", location: "none", open: () => Promise.reject(new Error("opened")) }
    const fetch = () => Promise.reject(new Error("fetched"))

    expect(withOptions({ store: untouched, surroundings: { fetch } })).not.toThrow()
  })
})
