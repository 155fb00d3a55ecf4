/** Rows B5, B8, B9 and B10, answer by answer: what is no token response, and what is one in spite of its looks. */
import { describe, expect, it } from "vitest"
import { describeEachStore } from "../stores/each-store.ts"
import { canary, expectRefused, expectTaken, listenForNoise } from "./scene/bad-answer.ts"
import { type ExpiredScene, expire } from "./scene/expired.ts"
import { createScene, type Scene } from "./scene/scene.ts"
import type { Answer } from "./scene/scripted-provider.ts"

const json = { "content-type": "application/json" }
const good = { access_token: canary, token_type: "Bearer", refresh_token: `${canary}-2`, expires_in: 300 }
const page = `<!doctype html><title>${canary}</title>`

const answerWith =
  (body: BodyInit | null, status = 200, headers: Record<string, string> = json): Answer =>
  () =>
    new Response(body, { status, headers })
const withMember = (name: string, value: unknown): Answer =>
  answerWith(JSON.stringify({ ...good, [name]: value }))
const without = (name: keyof typeof good): Answer =>
  answerWith(JSON.stringify({ ...good, [name]: undefined }))
const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.concat(parts.map((part) => Buffer.from(part as string))))

/** A user whose provider's session has no stated end: to wait as long as a provider may ask ends nothing. */
async function lasting(createScene: () => Promise<Scene>): Promise<ExpiredScene> {
  const scene = await createScene()
  scene.provider.lifetimes.session = null
  return expire(scene)
}

/** A body that goes on for ever, and is only read as far as somebody pulls. */
function endless(): ReadableStream<Uint8Array> {
  const chunk = new TextEncoder().encode(`"${canary.repeat(1000)}",`)
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) })
}

/** A body that breaks off as a connection does. */
function broken(): ReadableStream<Uint8Array> {
  let sent = false
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(new TypeError("terminated"))
      sent = true
      controller.enqueue(new TextEncoder().encode(JSON.stringify(good).slice(0, 40)))
    },
  })
}

const bodies: [string, Answer][] = [
  ["a page", answerWith(page, 200, { "content-type": "text/html" })],
  ["a page that says it is JSON", answerWith(page)],
  ["an empty body", answerWith("")],
  ["no body", answerWith(null)],
  ["spaces", answerWith("   ")],
  ["null", answerWith("null")],
  ["true", answerWith("true")],
  ["a number", answerWith("7")],
  ["a string", answerWith(JSON.stringify(canary))],
  ["an array", answerWith(JSON.stringify([good]))],
  ["an empty object", answerWith("{}")],
  ["two objects", answerWith(JSON.stringify(good) + JSON.stringify(good))],
  ["a form", answerWith(new URLSearchParams({ access_token: canary, token_type: "Bearer" }).toString())],
  ["deep nesting", answerWith("[".repeat(500_000))],
  ["deep nesting around tokens", answerWith(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`)],
  ["more than a megabyte", withMember("access_token", canary.repeat(100_000))],
  ["a body without an end", answerWith(endless())],
  ["a body that breaks off", answerWith(broken())],
  [
    "bytes that are no UTF-8 in a token",
    answerWith(bytes('{"access_token":"', [0xff, 0xfe], `${canary}","token_type":"Bearer"}`)),
  ],
  [
    "Latin-1",
    answerWith(Uint8Array.from(Buffer.from(JSON.stringify({ ...good, name: "Jos\u00e9" }), "latin1")), 200, {
      "content-type": "application/json; charset=iso-8859-1",
    }),
  ],
  ["UTF-16", answerWith(Uint8Array.from(Buffer.from(JSON.stringify(good), "utf16le")))],
  ["two access tokens", answerWith(`{"access_token":"${canary}-a",${JSON.stringify(good).slice(1)}`)],
  [
    "two refresh tokens",
    answerWith(`${JSON.stringify(good).slice(0, -1)}, "refresh_token" : "${canary}-3"}`),
  ],
  ["a line break in the access token", withMember("access_token", `${canary}\r\nx-evil: 1`)],
  ["a letter in the refresh token that no token has", withMember("refresh_token", `${canary}\u00e9`)],
  ["no access token", without("access_token")],
  ["no token type", without("token_type")],
  ["a token type that nobody knows", withMember("token_type", "mac")],
]

const wrongTypes: [string, unknown][] = [
  ["a number", 7],
  ["an object", { token: canary }],
  ["an array", [canary]],
  ["a boolean", true],
  ["an empty string", ""],
]

describeEachStore(
  "an answer that is no token response",
  {
    without: {
      redis: "an answer is read before a store is asked",
      postgres: "as redis",
      cookie: "as memory",
    },
  },
  ({ createScene }) => {
    it.each(bodies)("B5 B8 leaves everything as it was: %s", async (_name, answer) => {
      const noise = listenForNoise()
      await expectRefused(await lasting(createScene), answer, noise)
    })

    it.each(
      ["access_token", "refresh_token", "token_type"].flatMap((name) =>
        [...wrongTypes, ...(name === "refresh_token" ? [] : [["null", null] as [string, unknown]])].map(
          ([kind, value]) => [name, kind, value] as const,
        ),
      ),
    )("B8 leaves everything as it was: %s is %s", async (name, _kind, value) => {
      const noise = listenForNoise()
      await expectRefused(await lasting(createScene), withMember(name, value), noise)
    })

    it.each([
      ["a page", page, { "content-type": "text/html" }],
      ["an error that is no text", JSON.stringify({ error: { [canary]: 1 } }), json],
      [
        "an error with a token in it",
        JSON.stringify({ error: `${canary} eyJhbGciOi`, error_description: canary }),
        json,
      ],
      ["invalid_grant in a page", "<p>invalid_grant</p>", { "content-type": "text/html" }],
    ])("B5 ends nobody by a 400 with %s", async (_name, body, headers) => {
      const noise = listenForNoise()
      await expectRefused(await lasting(createScene), answerWith(body, 400, headers), noise)
    })

    it.each(["x", "-5", "1e9", "99999999999999999999", "Wed, 21 Oct 2999 07:28:00 GMT", "", "3, 4"])(
      "B4 B8 waits no longer than an hour for a Retry-After of %j",
      async (value) => {
        const noise = listenForNoise()
        const answer = answerWith("", 503, { "retry-after": value })
        await expectRefused(await lasting(createScene), answer, noise)
      },
    )
  },
)

/** Hundreds of answers, which need no other store to be refused on: where they are read no store is asked. */
describe("every answer of a kind [memory]", () => {
  it("B8 leaves everything as it was, wherever a good answer is cut off", async () => {
    const noise = listenForNoise()
    const scene = await lasting(createScene)
    const whole = new TextEncoder().encode(JSON.stringify({ ...good, name: "Jos\u00e9" }))
    for (let length = 0; length < whole.length; length += 1) {
      await expectRefused(scene, answerWith(whole.slice(0, length)), noise)
      await scene.clock.advance(301)
    }
  })

  const statuses = Array.from({ length: 400 }, (_, index) => 200 + index).filter((status) => status !== 200)
  it("B3 B4 B5 leaves everything as it was, whatever the status", async () => {
    const noise = listenForNoise()
    const scene = await lasting(createScene)
    for (const status of statuses) {
      const bodiless = [204, 205, 304].includes(status)
      const answer = answerWith(bodiless ? null : JSON.stringify(good), status)
      await expectRefused(scene, answer, noise)
      await scene.clock.advance(301)
    }
  })
})

/** Odd, but it tells a new access token, and nobody can mistake which: to refuse it would lose the rotation. */
const odd: [string, Record<string, unknown>, Record<string, string>?][] = [
  ["no refresh token", { refresh_token: undefined }],
  ["null for a refresh token", { refresh_token: null }],
  ["a scope that is null", { scope: null }],
  ["a scope that is an array", { scope: ["openid"] }],
  ["an ID token that is a number", { id_token: 7 }],
  ["an empty ID token", { id_token: "" }],
  ["an ID token that is none", { id_token: "not-a-token" }],
  ["a token type in capitals", { token_type: "BEARER" }],
  ["members that nobody knows", { x: { y: [1, null] }, authorization_details: "?", "": 0 }],
  ["a session end that is text", { refresh_expires_in: "soon" }],
  ["another content type", {}, { "content-type": "text/plain" }],
  ["no content type", {}, {}],
  ["a content type with a charset", {}, { "content-type": "application/json; charset=UTF-8" }],
  ["expires_in as an object", { expires_in: {} }],
  ["expires_in as an array", { expires_in: [300] }],
  ["expires_in as a boolean", { expires_in: true }],
  ["expires_in as an infinity", { expires_in: "Infinity" }],
  ["expires_in as a hexadecimal", { expires_in: "0x10" }],
  ["expires_in as a fraction", { expires_in: 0.5 }],
]

describeEachStore(
  "an answer that looks odd and is one",
  {
    without: {
      redis: "an answer is read before a store is asked",
      postgres: "as redis",
      cookie: "as memory",
    },
  },
  ({ createScene }) => {
    it.each(odd)("B9 B10 B11 is taken: %s", async (_name, changes, headers = json) => {
      const noise = listenForNoise()
      const scene = await lasting(createScene)
      const body = { ...(await scene.provider.tokens()), ...changes }
      await expectTaken(scene, body, answerWith(JSON.stringify(body), 200, headers), noise)
    })

    it("B8 is taken: a byte order mark, spaces, a name that is there twice within another member", async () => {
      const noise = listenForNoise()
      const scene = await lasting(createScene)
      const tokens = await scene.provider.tokens()
      const nested = {
        ...tokens,
        other: { access_token: 1, deeper: [{ refresh_token: 'a "refresh_token": b' }] },
      }
      const body = bytes([0xef, 0xbb, 0xbf], `\n ${JSON.stringify(nested, null, 2)}\n`)
      await expectTaken(scene, nested, answerWith(body), noise)
    })

    it("B11 keeps the ID token that is held, as the hint of the sign-out, when an empty one comes", async () => {
      const scene = await lasting(createScene)
      const { evergrant, provider, handle } = scene
      const hint = await provider.signIdToken({ nonce: "first" })
      provider.once("token", async () => Response.json(await provider.tokens({ id_token: hint })))
      await evergrant.getAccessToken(handle)
      provider.once("token", async () => Response.json(await provider.tokens({ id_token: "" })))
      await evergrant.getAccessToken(handle, { force: true })

      await evergrant.signOut(handle, "https://app.example/signed-out")

      expect(provider.requests("logout")[0]?.form.get("id_token_hint")).toBe(hint)
    })
  },
)

describe("what is looked for in errors and events", () => {
  it("is in the answers", () => {
    expect(JSON.stringify(good)).toContain(canary)
  })
})
