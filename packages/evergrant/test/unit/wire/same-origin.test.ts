import { describe, expect, it } from "vitest"
import { requireSameOrigin } from "../../../src/wire/same-origin.ts"

const origin = "https://app.example"
const ours = { "x-evergrant": "1" }
const check = (headers: Record<string, string>) => () => requireSameOrigin(new Headers(headers), origin)

describe("requireSameOrigin", () => {
  it.each<[string, Record<string, string>]>([
    ["our own Origin", { ...ours, origin }],
    ["our own Origin, whatever Sec-Fetch-Site says", { ...ours, origin, "sec-fetch-site": "cross-site" }],
    ["no Origin, but Sec-Fetch-Site: same-origin", { ...ours, "sec-fetch-site": "same-origin" }],
  ])("accepts %s", (_name, headers) => {
    expect(check(headers)).not.toThrow()
  })

  it.each<[string, Record<string, string>]>([
    ["neither Origin nor Sec-Fetch-Site", ours],
    ["a foreign Origin", { ...ours, origin: "https://attacker.example" }],
    [
      "a foreign Origin that claims same-origin",
      { ...ours, origin: "https://x.example", "sec-fetch-site": "same-origin" },
    ],
    ["the Origin null of a sandbox", { ...ours, origin: "null" }],
    ["an empty Origin", { ...ours, origin: "" }],
    ["another scheme", { ...ours, origin: "http://app.example" }],
    ["another port", { ...ours, origin: "https://app.example:8443" }],
    ["a subdomain", { ...ours, origin: "https://evil.app.example" }],
    ["an Origin that begins alike", { ...ours, origin: "https://app.example.attacker.example" }],
    ["a sibling site", { ...ours, "sec-fetch-site": "same-site" }],
    ["another site", { ...ours, "sec-fetch-site": "cross-site" }],
    ["a typed address", { ...ours, "sec-fetch-site": "none" }],
    ["no header of ours", { origin }],
    ["another value of our header", { origin, "x-evergrant": "0" }],
  ])("C19 refuses %s", (_name, headers) => {
    expect(check(headers)).toThrow(
      expect.objectContaining({
        code: "cross_site",
        status: 403,
        message: expect.stringContaining("x-evergrant: 1"),
      }),
    )
  })
})
