import { describe, expect, it } from "vitest"
import type { FetchInit } from "../../../src/clock.ts"
import { rewriteToServerAddress } from "../../../src/provider/server-address.ts"

const issuer = "https://login.example/realms/acme"
const serverAddress = "http://keycloak:8080/realms/acme"

function reach(config: { issuer: string; serverAddress?: string }) {
  const seen: { url: string; init: FetchInit | undefined }[] = []
  const fetch = rewriteToServerAddress(config, async (url, init) => {
    seen.push({ url, init })
    return new Response()
  })
  return { fetch, seen }
}

describe("rewriteToServerAddress", () => {
  it.each([
    [issuer, serverAddress],
    [`${issuer}/.well-known/openid-configuration`, `${serverAddress}/.well-known/openid-configuration`],
    [`${issuer}/protocol/token?a=b#c`, `${serverAddress}/protocol/token?a=b#c`],
  ])("asks for %s at %s", async (url, rewritten) => {
    const { fetch, seen } = reach({ issuer, serverAddress })
    await fetch(url)

    expect(seen[0]?.url).toBe(rewritten)
  })

  it.each([
    "https://login.example/realms/acme-evil/token",
    "https://login.example/realms/other/token",
    "https://login.example.attacker.example/realms/acme/token",
    "http://login.example/realms/acme/token",
    "https://elsewhere.example/?u=https://login.example/realms/acme/",
  ])("leaves %s alone, without the issuer's headers", async (url) => {
    const { fetch, seen } = reach({ issuer, serverAddress })
    await fetch(url)

    expect(seen[0]).toEqual({ url, init: undefined })
  })

  it.each([
    [`${issuer}/`, serverAddress],
    [issuer, `${serverAddress}/`],
    [`${issuer}/`, `${serverAddress}/`],
  ])("does not mind slashes at the end (%s, %s)", async (from, to) => {
    const { fetch, seen } = reach({ issuer: from, serverAddress: to })
    await fetch(`${issuer}/token`)

    expect(seen[0]?.url).toBe(`${serverAddress}/token`)
  })

  it("tells the provider its public name, and keeps what the request carries", async () => {
    const { fetch, seen } = reach({ issuer: "https://login.example:8443/realms/acme", serverAddress })
    await fetch("https://login.example:8443/realms/acme/token", { method: "POST", headers: { a: "b" } })
    const headers = new Headers(seen[0]?.init?.headers ?? {})

    expect(seen[0]?.init?.method).toBe("POST")
    expect(Object.fromEntries(headers)).toEqual({
      a: "b",
      "x-forwarded-host": "login.example:8443",
      "x-forwarded-proto": "https",
    })
  })

  it("changes nothing without a private address", async () => {
    const { fetch, seen } = reach({ issuer })
    await fetch(`${issuer}/token`)

    expect(seen).toEqual([{ url: `${issuer}/token`, init: undefined }])
  })
})
