import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isEvergrantError } from "../../../src/errors.ts"
import { checkSecrets, createSealer, type SealPlace, type SealPurpose } from "../../../src/store/seal.ts"

const first = "correct-horse-battery-staple-0123456789"
const second = "another-horse-with-another-battery-9876543210"
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const purposes: SealPurpose[] = ["login", "grant.tokens", "grant.claims", "data", "outbox", "account"]
const place: SealPlace = ["lg_1", "https://issuer.example", "client", "oidc", "alice", 3]
const canary = "canary-5f2b1c"
const tokens = { accessToken: `${canary}-access`, refreshToken: `${canary}-refresh` }
const unreadable = { code: "record_unreadable", remedy: "reauthenticate" }

const sealer = createSealer([first], "shop", random)

describe("createSealer", () => {
  it("opens what it sealed, for the same purpose and place", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...purposes), fc.jsonValue(), async (purpose, value) => {
        const sealed = await sealer.seal(purpose, place, value)
        // What JSON cannot tell apart (-0) is not a matter of sealing.
        expect(JSON.stringify(await sealer.open(purpose, place, sealed))).toBe(JSON.stringify(value))
      }),
      { numRuns: 50 },
    )
  })

  it("seals the same value differently each time, and shows nothing of it", async () => {
    const one = await sealer.seal("grant.tokens", place, tokens)
    const two = await sealer.seal("grant.tokens", place, tokens)

    expect(one).not.toBe(two)
    expect(one).not.toContain(canary)
    expect(Buffer.from(one.split(".")[3] ?? "", "base64url").toString("latin1")).not.toContain(canary)
    expect(one).not.toContain(first)
  })

  it.each<[string, SealPlace]>([
    ["another login's row", ["lg_2", "https://issuer.example", "client", "oidc", "alice", 3]],
    ["another issuer", ["lg_1", "https://other.example", "client", "oidc", "alice", 3]],
    ["another client", ["lg_1", "https://issuer.example", "other", "oidc", "alice", 3]],
    ["another provider", ["lg_1", "https://issuer.example", "client", "oidc2", "alice", 3]],
    ["another account", ["lg_1", "https://issuer.example", "client", "oidc", "bob", 3]],
    [
      "a newer generation, as a replayed older copy",
      ["lg_1", "https://issuer.example", "client", "oidc", "alice", 4],
    ],
    ["an older generation", ["lg_1", "https://issuer.example", "client", "oidc", "alice", 2]],
    ["a generation spelled as text", ["lg_1", "https://issuer.example", "client", "oidc", "alice", "3"]],
    ["a shorter place", ["lg_1", "https://issuer.example", "client", "oidc", "alice"]],
    ["a longer place", [...place, ""]],
  ])("does not open at %s", async (_name, elsewhere) => {
    const sealed = await sealer.seal("grant.tokens", place, tokens)

    await expect(sealer.open("grant.tokens", elsewhere, sealed)).rejects.toMatchObject(unreadable)
  })

  it("does not open at any other place, however its parts are cut", async () => {
    const part = fc.oneof(fc.string({ maxLength: 6 }), fc.integer({ min: 0, max: 9 }))
    const anyPlace = fc.array(part, { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(anyPlace, anyPlace, async (here, there) => {
        fc.pre(JSON.stringify(here) !== JSON.stringify(there))
        const sealed = await sealer.seal("data", here, tokens)
        await expect(sealer.open("data", there, sealed)).rejects.toMatchObject(unreadable)
      }),
      { numRuns: 60 },
    )
  })

  it("does not open for another purpose", async () => {
    for (const purpose of purposes) {
      const sealed = await sealer.seal(purpose, place, tokens)
      for (const other of purposes.filter((candidate) => candidate !== purpose)) {
        await expect(sealer.open(other, place, sealed)).rejects.toMatchObject(unreadable)
      }
    }
  })

  it("does not open in another namespace with the same secret", async () => {
    const sealed = await sealer.seal("grant.tokens", place, tokens)
    const other = createSealer([first], "blog", random)

    await expect(other.open("grant.tokens", place, sealed)).rejects.toMatchObject(unreadable)
  })

  it("does not open when any one bit of any segment was changed", async () => {
    const sealed = await sealer.seal("grant.tokens", place, tokens)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.nat(), fc.nat(7), async (segment, at, bit) => {
        const parts = sealed.split(".")
        const bytes = Buffer.from(parts[segment] ?? "", "base64url")
        const index = at % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
        parts[segment] = bytes.toString("base64url")
        await expect(sealer.open("grant.tokens", place, parts.join("."))).rejects.toMatchObject(unreadable)
      }),
      { numRuns: 150 },
    )
  })

  it("does not open when any one character was changed", async () => {
    const sealed = await sealer.seal("grant.tokens", place, tokens)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sealed.length - 1),
        fc.constantFrom(..."AZaz09-_.!= "),
        async (at, character) => {
          fc.pre(sealed[at] !== character)
          const altered = sealed.slice(0, at) + character + sealed.slice(at + 1)
          await expect(sealer.open("grant.tokens", place, altered)).rejects.toMatchObject(unreadable)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    ["of a newer format", (sealed: string) => sealed.replace(/^eg1/, "eg2")],
    ["of no format", () => "nonsense"],
    ["that is empty", () => ""],
    ["with a segment too many", (sealed: string) => `${sealed}.AAAA`],
    ["with a segment too few", (sealed: string) => sealed.split(".").slice(0, 3).join(".")],
    ["with a character too many", (sealed: string) => `${sealed}x`],
    ["that was cut off", (sealed: string) => sealed.slice(0, -8)],
  ])("refuses a value %s", async (_name, change) => {
    const sealed = await sealer.seal("grant.tokens", place, tokens)

    await expect(sealer.open("grant.tokens", place, change(sealed))).rejects.toMatchObject(unreadable)
  })

  it("opens an old value after a new secret was put in front, and seals under the new one", async () => {
    const old = await sealer.seal("grant.tokens", place, tokens)
    const rotated = createSealer([second, first], "shop", random)

    expect(await rotated.open("grant.tokens", place, old)).toEqual(tokens)
    const fresh = await rotated.seal("grant.tokens", place, tokens)
    await expect(sealer.open("grant.tokens", place, fresh)).rejects.toMatchObject(unreadable)
    expect(await createSealer([second], "shop", random).open("grant.tokens", place, fresh)).toEqual(tokens)
  })

  it("does not open an old value after its secret was removed", async () => {
    const old = await sealer.seal("grant.tokens", place, tokens)
    const without = createSealer([second], "shop", random)

    await expect(without.open("grant.tokens", place, old)).rejects.toThrow(/key is not among/)
  })

  it("says nothing of the value, the place or the secret when it refuses", async () => {
    const sealed = await sealer.seal("grant.tokens", [canary, 1], tokens)
    const attempts = [
      () => sealer.open("grant.tokens", [canary, 2], sealed),
      () => sealer.open("grant.tokens", [canary, 1], `${sealed}x`),
      () => createSealer([second], "shop", random).open("grant.tokens", [canary, 1], sealed),
      () => sealer.open("grant.tokens", [canary, 1], canary),
    ]
    for (const attempt of attempts) {
      const error: unknown = await attempt().catch((reason: unknown) => reason)
      if (!isEvergrantError(error)) throw new Error("It should have been refused.")
      const text = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
      expect(text).not.toContain(canary)
      expect(text).not.toContain(first)
      expect(text).not.toContain(sealed.split(".")[3])
    }
  })
})

describe("checkSecrets", () => {
  it.each([
    ["none", []],
    ["an empty one", [""]],
    ["an empty one behind a good one", [first, ""]],
  ])("refuses %s everywhere", (_name, secrets) => {
    for (const production of [true, false]) {
      expect(() => checkSecrets(secrets, production)).toThrow(/AUTH_SECRET is not set.*npx auth secret/)
    }
  })

  it.each([
    ["short", ["secret"]],
    ["long but uniform", ["a".repeat(64)]],
    ["good, with a weak old one behind", [first, "secret"]],
  ])("refuses a secret that is %s in production only", (_name, secrets) => {
    expect(() => checkSecrets(secrets, true)).toThrow(/too weak for production.*at least 32/)
    expect(() => checkSecrets(secrets, false)).not.toThrow()
  })

  it("accepts good secrets, and never quotes one", () => {
    expect(() => checkSecrets([first, second], true)).not.toThrow()
    expect(() => checkSecrets([canary], true)).toThrow(expect.not.objectContaining({ message: canary }))
    expect(() => checkSecrets([canary], true)).not.toThrow(new RegExp(canary))
  })
})
