import { describe, expect, it } from "vitest"
import { isNavigation } from "../../../../src/authjs/silent/navigation.ts"

const page = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", accept: "text/html,*/*" }
const ask = (headers: Record<string, string>, method = "GET") =>
  isNavigation(new Request("https://app.example/page", { method, headers }))

describe("a person who goes to a page", () => {
  it.each([
    ["by a link of the site", { ...page, "sec-fetch-site": "same-origin" }],
    ["by a bookmark", { ...page, "sec-fetch-site": "none" }],
    ["by a link of another site", { ...page, "sec-fetch-site": "cross-site" }],
    ["in a browser that tells nothing", { accept: "text/html" }],
  ])("is one %s", (_, headers) => expect(ask(headers)).toBe(true))

  it.each([
    ["a script's request", { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", accept: "text/html" }],
    ["an image", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image", accept: "image/*" }],
    ["a frame", { ...page, "sec-fetch-dest": "iframe" }],
    ["a page that is fetched in advance", { ...page, "sec-purpose": "prefetch" }],
    ["a page that is rendered in advance", { ...page, "sec-purpose": "prefetch;prerender" }],
    ["a request for JSON in an older browser", { accept: "application/json" }],
    ["a request that tells nothing", {}],
  ])("is not %s", (_, headers) => expect(ask(headers as Record<string, string>)).toBe(false))

  it.each(["POST", "HEAD", "PUT"])("does not %s", (method) => expect(ask(page, method)).toBe(false))
})
