/** Rows B5, B8, B9 and B10, by chance: whatever bytes, members, statuses and headers a token endpoint answers with. */
import fc from "fast-check"
import { describe, it } from "vitest"
import { canary, expectRefused, expectTaken, listenForNoise } from "./scene/bad-answer.ts"
import { type ExpiredScene, expire } from "./scene/expired.ts"
import { createScene } from "./scene/scene.ts"

const good = { access_token: canary, token_type: "Bearer", refresh_token: `${canary}-2` }

/** One user for all answers: what one of them spoils, a later one shows. */
async function lasting(): Promise<ExpiredScene> {
  const scene = await createScene()
  scene.provider.lifetimes.session = null
  return expire(scene)
}

const headers = fc.record({
  "content-type": fc.constantFrom(
    "application/json",
    "application/json; charset=utf-16",
    "text/html",
    "application/octet-stream",
    "",
  ),
  "retry-after": fc.oneof(
    fc.integer().map(String),
    fc.constantFrom("", "soon", "1e3", "Wed, 21 Oct 2099 07:28:00 GMT"),
  ),
})

/** Bytes, texts and values of JSON that are no token response: none of them tells an access token. */
const noResponse = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.json(),
  fc
    .integer({ min: 0, max: JSON.stringify(good).length - 1 })
    .map((end) => JSON.stringify(good).slice(0, end)),
  // The tokens are there, and one byte of their names or of what holds them together is another.
  fc
    .record({ at: fc.constantFrom(0, 1, 2, 14, 15, 16), byte: fc.integer({ min: 0x80, max: 0xff }) })
    .map(({ at, byte }) => {
      const bytes = Uint8Array.from(Buffer.from(JSON.stringify(good)))
      bytes[at] = byte
      return bytes
    }),
)

const notText = fc.jsonValue().filter((value) => typeof value !== "string")

const wrongMember = fc.oneof(
  fc.record({ access_token: notText }),
  fc.record({ token_type: notText }),
  fc.record({ refresh_token: notText.filter((value) => value !== null) }),
  fc.record({ refresh_token: fc.string({ unit: "grapheme" }).filter((text) => /[^\x20-\x7e]/.test(text)) }),
)

const visible = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
})

const oddMembers = fc.record(
  {
    expires_in: fc.oneof(fc.jsonValue(), fc.double(), fc.bigInt().map(String), fc.constantFrom(0, -1, 1e308)),
    refresh_token: fc.oneof(visible, fc.constant(null)),
    scope: fc.jsonValue(),
    refresh_expires_in: fc.constantFrom(null, "", "soon", -1, 0, 1e9, {}, []),
    session_state: fc.jsonValue(),
    not_before: fc.jsonValue(),
    error: fc.jsonValue(),
    authorization_details: fc.jsonValue(),
  },
  { requiredKeys: [] },
)

const runs = { numRuns: 60 }

describe("an answer by chance [memory]", () => {
  it("B5 B8 leaves everything as it was when it is no token response", async () => {
    const noise = listenForNoise()
    const scene = await lasting()
    await fc.assert(
      fc.asyncProperty(noResponse, headers, async (body, fields) => {
        await expectRefused(scene, () => new Response(body, { headers: fields }), noise)
        await scene.clock.advance(301)
      }),
      runs,
    )
  })

  it("B8 leaves everything as it was when a member that is needed is of a wrong type", async () => {
    const noise = listenForNoise()
    const scene = await lasting()
    await fc.assert(
      fc.asyncProperty(wrongMember, async (member) => {
        const body = JSON.stringify({ ...good, ...member })
        await expectRefused(scene, () => new Response(body), noise)
        await scene.clock.advance(301)
      }),
      runs,
    )
  })

  it("B3 B4 B5 leaves everything as it was when the status is another than 200", async () => {
    const noise = listenForNoise()
    const scene = await lasting()
    const status = fc.integer({ min: 201, max: 599 }).filter((one) => ![204, 205, 304].includes(one))
    const content = fc.oneof(
      noResponse,
      fc
        .record({ error: fc.oneof(fc.string(), fc.jsonValue()), error_description: fc.jsonValue() })
        .filter(({ error }) => error !== "invalid_grant")
        .map((error) => JSON.stringify({ ...error, ...good })),
    )
    await fc.assert(
      fc.asyncProperty(status, content, headers, async (code, body, fields) => {
        await expectRefused(scene, () => new Response(body, { status: code, headers: fields }), noise)
        await scene.clock.advance(301)
      }),
      runs,
    )
  })

  it("B9 B10 is taken when it tells its tokens, whatever else it says", async () => {
    const noise = listenForNoise()
    const scene = await lasting()
    const { loginId } = await scene.stored(scene.handle)
    await fc.assert(
      fc.asyncProperty(visible, oddMembers, async (accessToken, members) => {
        const body = { access_token: accessToken, token_type: "Bearer", ...members }
        await expectTaken(scene, body, () => new Response(JSON.stringify(body)), noise)
        await scene.evergrant.extendLogin(loginId, 40 * 24 * 3600)
        await scene.clock.advance(30 * 24 * 3600)
      }),
      runs,
    )
  })
})
