import { describe, expect, it } from "vitest"
import type { Fetch, FetchInit } from "../../../src/clock.ts"
import { createBoundedFetch } from "../../../src/provider/bounded-fetch.ts"
import { manualClock } from "../../../src/testing/manual-clock.ts"
import { watchedClock } from "../../faults/scene/watched-clock.ts"

const address = "https://provider.example/token"

function bounded(fetch: Fetch, limit = 10) {
  const clock = manualClock()
  return { clock, request: createBoundedFetch(fetch, clock.scheduler, limit) }
}

/** A body that comes in parts, and counts how much of it was asked for. */
function stream(parts: number, size: number) {
  const counted = { given: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (counted.given === parts) return controller.close()
        counted.given += 1
        controller.enqueue(new Uint8Array(size))
      },
      cancel() {
        counted.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, counted }
}

describe("createBoundedFetch", () => {
  it("passes an answer on with status, headers and body", async () => {
    const { request } = bounded(async () => Response.json({ a: 1 }, { status: 400, headers: { "x-y": "z" } }))
    const answer = await request(address)

    expect(answer.status).toBe(400)
    expect(answer.headers.get("x-y")).toBe("z")
    expect(await answer.json()).toEqual({ a: 1 })
  })

  it("passes on an answer that has no body", async () => {
    const { request } = bounded(async () => new Response(null, { status: 204 }))
    const answer = await request(address)

    expect(answer.status).toBe(204)
    expect(await answer.text()).toBe("")
  })

  it("passes method, headers and body of the request on", async () => {
    let seen: FetchInit = {}
    const { request } = bounded(async (_url, init) => {
      seen = init ?? {}
      return new Response("ok")
    })
    const body = new URLSearchParams({ grant_type: "refresh_token" })
    await request(address, { method: "POST", body, headers: { a: "b" } })

    expect(seen).toMatchObject({ method: "POST", body, headers: { a: "b" }, redirect: "manual" })
  })

  it("B8 stops reading a body over a megabyte, and lets the rest go", async () => {
    const { body, counted } = stream(1000, 64 * 1024)
    const { request } = bounded(async () => new Response(body))

    await expect(request(address)).rejects.toMatchObject({ why: "too_large" })
    expect(counted.given).toBe(17)
    expect(counted.cancelled).toBe(true)
  })

  it("reads a body of a megabyte to its end", async () => {
    const { body } = stream(16, 64 * 1024)
    const { request } = bounded(async () => new Response(body))

    expect((await (await request(address)).arrayBuffer()).byteLength).toBe(1024 * 1024)
  })

  it.each([301, 302, 303, 307, 308])("B20 hands a %i on unread, and asks only once", async (status) => {
    const { body, counted } = stream(10, 10)
    let asked = 0
    const { request } = bounded(async () => {
      asked += 1
      return new Response(body, { status, headers: { location: "https://attacker.example" } })
    })
    const answer = await request(address)

    expect(answer.status).toBe(status)
    expect(answer.headers.get("location")).toBe("https://attacker.example")
    expect(answer.body).toBeNull()
    expect([asked, counted.given]).toEqual([1, 0])
  })

  it("B20 takes the opaque redirect of a browser-like fetch for a redirect", async () => {
    const opaque = Object.defineProperties(new Response(null), {
      type: { value: "opaqueredirect" },
      status: { value: 0 },
    })
    const { request } = bounded(async () => opaque)

    expect((await request(address)).status).toBe(302)
  })

  it("B7 gives up when the time is over, and aborts the request", async () => {
    let signal: AbortSignal | undefined
    const { clock, request } = bounded((_url, init) => {
      signal = init?.signal ?? undefined
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal?.reason)))
    })
    const failed = expect(request(address)).rejects.toMatchObject({ why: "timeout" })
    await clock.advance(9.9)
    expect(signal?.aborted).toBe(false)
    await clock.advance(0.2)

    await failed
    expect(signal?.aborted).toBe(true)
  })

  it("B7 counts a body that trickles in against the same limit", async () => {
    const { clock, request } = bounded(async (_url, init) => {
      const body = new ReadableStream({
        start(controller) {
          init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason))
        },
      })
      return new Response(body)
    })
    const failed = expect(request(address)).rejects.toMatchObject({ why: "timeout" })
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(11)

    await failed
  })

  it("leaves no timer behind, whether it succeeds or fails", async () => {
    const clock = watchedClock()
    await createBoundedFetch(async () => new Response("ok"), clock.scheduler, 10)(address)
    const broken: Fetch = async () => {
      throw new TypeError("fetch failed")
    }
    await expect(createBoundedFetch(broken, clock.scheduler, 10)(address)).rejects.toThrow("fetch failed")

    expect(clock.waiting()).toEqual([])
  })

  it("does not let the caller's own signal abort what was sent", async () => {
    const caller = new AbortController()
    const { request } = bounded(async (_url, init) => {
      caller.abort()
      if (init?.signal?.aborted) throw new Error("aborted")
      return new Response("kept")
    })

    expect(await (await request(address, { signal: caller.signal })).text()).toBe("kept")
  })
})
