import { describe, expect, it } from "vitest"
import { largestRequestBody, readBoundedText, readJsonObject } from "../../../src/wire/json-body.ts"

const json = { "content-type": "application/json" }
const post = (body: BodyInit | null, headers: Record<string, string> = json) =>
  new Request("https://app.example/patch", { method: "POST", body, headers, duplex: "half" } as RequestInit)

/** A body without a stated length that never ends by itself. */
function endless() {
  const counted = { chunks: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        counted.chunks += 1
        controller.enqueue(new Uint8Array(1024).fill(0x20))
      },
      cancel() {
        counted.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, counted }
}

describe("readJsonObject", () => {
  it.each([
    ["an object", '{"theme":"dark"}', { theme: "dark" }],
    ["an empty object", "{}", {}],
    ["nothing", null, {}],
    ["an empty text", "", {}],
  ])("reads %s", async (_name, body, value) => {
    expect(await readJsonObject(post(body))).toEqual(value)
  })

  it.each(["application/json; charset=utf-8", "Application/JSON", " application/json ;x"])(
    "accepts the content type %s",
    async (type) => {
      expect(await readJsonObject(post('{"a":1}', { "content-type": type }))).toEqual({ a: 1 })
    },
  )

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/jsonp",
    "",
  ])("C8 answers 415 to the content type %j", async (type) => {
    await expect(readJsonObject(post('{"a":1}', { "content-type": type }))).rejects.toMatchObject({
      code: "request_invalid",
      status: 415,
    })
  })

  it.each(["{", "theme=dark", "[]", "null", "7", '"text"', "true", "{}{}"])(
    "answers 400 to %s",
    async (body) => {
      await expect(readJsonObject(post(body))).rejects.toMatchObject({ code: "request_invalid", status: 400 })
    },
  )

  it.each(["__proto__", "constructor", "prototype"])("answers 400 to the key %s", async (key) => {
    await expect(readJsonObject(post(`{"${key}":{"polluted":true}}`))).rejects.toMatchObject({ status: 400 })
    expect({}).not.toHaveProperty("polluted")
  })

  it("C8 answers 413 to a stated length over 64 KiB, without reading", async () => {
    const { body, counted } = endless()
    const request = post(body, { ...json, "content-length": String(largestRequestBody + 1) })

    await expect(readJsonObject(request)).rejects.toMatchObject({ status: 413 })
    expect(counted.chunks).toBe(0)
  })

  it("C8 answers 413 to a body that was said to be small, and stops reading it", async () => {
    const { body, counted } = endless()

    await expect(readJsonObject(post(body, { ...json, "content-length": "2" }))).rejects.toMatchObject({
      status: 413,
    })
    expect(counted.cancelled).toBe(true)
    expect(counted.chunks).toBeLessThanOrEqual(66)
  })

  it("reads exactly 64 KiB", async () => {
    const text = JSON.stringify({ a: "x".repeat(largestRequestBody - 8) })
    expect(text).toHaveLength(largestRequestBody)
    expect(Object.keys(await readJsonObject(post(text)))).toEqual(["a"])
    await expect(readJsonObject(post(`${text} `))).rejects.toMatchObject({ status: 413 })
  })
})

describe("readBoundedText", () => {
  it("counts bytes, not characters", async () => {
    await expect(readBoundedText(post("ä".repeat(largestRequestBody / 2 + 1)))).rejects.toMatchObject({
      status: 413,
    })
  })

  it("joins a character that was cut between two parts", async () => {
    const [first, second] = [new Uint8Array([0xc3]), new Uint8Array([0xa4])]
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(first)
        controller.enqueue(second)
        controller.close()
      },
    })
    expect(await readBoundedText(post(body))).toBe("ä")
  })
})
