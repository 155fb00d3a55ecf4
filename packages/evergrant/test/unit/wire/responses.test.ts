import { describe, expect, it } from "vitest"
import {
  ConfigurationError,
  NoGrantError,
  ProviderResponseError,
  ProviderUnavailableError,
  RequestError,
  ScopeError,
  SessionPatchError,
  SignedOutError,
  StoreError,
} from "../../../src/errors.ts"
import { json, toErrorResponse } from "../../../src/wire/responses.ts"

describe("toErrorResponse", () => {
  it.each<[string, Error, number, unknown]>([
    ["signed out", new SignedOutError("replaced"), 401, { error: "signed_out", reason: "replaced" }],
    [
      "unreadable",
      new StoreError("record_unreadable", "x"),
      401,
      { error: "signed_out", reason: "unreadable_session" },
    ],
    ["no grant", new NoGrantError("oidc2"), 409, { error: "no_grant" }],
    [
      "provider unavailable",
      new ProviderUnavailableError("x", 7),
      503,
      { error: "provider_unavailable", retryAfter: 7 },
    ],
    ["store unavailable", new StoreError("store_unavailable", "x"), 503, { error: "unknown" }],
    [
      "a refused patch",
      new SessionPatchError("patch_invalid", [{ field: "step", message: "no" }]),
      400,
      { error: "patch_invalid", issues: [{ field: "step", message: "no" }] },
    ],
    [
      "a forbidden patch",
      new SessionPatchError("patch_not_allowed", [{ field: "step", message: "no" }]),
      400,
      { error: "patch_not_allowed", issues: [{ field: "step", message: "no" }] },
    ],
    ["cross-site", new RequestError("cross_site", 403, "why"), 403, { error: "cross_site", reason: "why" }],
    [
      "too large",
      new RequestError("request_invalid", 413, "why"),
      413,
      { error: "request_invalid", reason: "why" },
    ],
    [
      "a scope that the provider does not give",
      new ScopeError("scope_refused", "why"),
      400,
      { error: "scope_refused", reason: "why" },
    ],
    ["misconfigured", new ConfigurationError("option_invalid", "secret"), 500, { error: "option_invalid" }],
    [
      "a bad answer",
      new ProviderResponseError("response_invalid", "secret"),
      500,
      { error: "response_invalid" },
    ],
  ])("answers %s", async (_name, error, status, body) => {
    const answer = toErrorResponse(error)

    expect(answer.status).toBe(status)
    expect(await answer.json()).toEqual(body)
    expect(answer.headers.get("cache-control")).toBe("no-store")
    expect(answer.headers.get("set-cookie")).toBeNull()
    expect(answer.headers.get("retry-after") === null).toBe(status !== 503)
  })

  it("tells when to come back", () => {
    expect(toErrorResponse(new ProviderUnavailableError("x", 7)).headers.get("retry-after")).toBe("7")
    const store = new StoreError("store_unavailable", "x", { retryAfter: 3 })
    expect(toErrorResponse(store).headers.get("retry-after")).toBe("3")
  })

  it("rethrows what is not Evergrant's", () => {
    expect(() => toErrorResponse(new TypeError("theirs"))).toThrow("theirs")
    expect(() => toErrorResponse(undefined)).toThrow()
  })

  it("knows the errors of another copy of the module", () => {
    const foreign = Object.defineProperty(new Error("x"), Symbol.for("evergrant.error"), { value: true })
    expect(toErrorResponse(Object.assign(foreign, { code: "no_grant" })).status).toBe(409)
  })
})

describe("json", () => {
  it("is never cached", async () => {
    const answer = json({ a: 1 }, 201, { "x-y": "z" })

    expect([answer.status, answer.headers.get("x-y")]).toEqual([201, "z"])
    expect(answer.headers.get("cache-control")).toBe("no-store")
    expect(await answer.json()).toEqual({ a: 1 })
  })
})
