import {
  ClientSecretBasic,
  customFetch,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
} from "oauth4webapi"
import { describe, expect, it } from "vitest"
import { ConfigurationError, ProviderUnavailableError } from "../../../src/errors.ts"
import { BoundedFetchError } from "../../../src/provider/bounded-fetch.ts"
import { classifyRefreshFailure, type RefreshFailure } from "../../../src/provider/failure.ts"
import { networkFailure } from "../../faults/scene/scripted-provider.ts"

const now = 1_800_000_000
const classify = (error: unknown) => classifyRefreshFailure(error, now)

const server = { issuer: "https://provider.example", token_endpoint: "https://provider.example/token" }
const client = { client_id: "application" }

/** What a token request throws when the provider answers like this: the real library, an injected network. */
async function thrownBy(answer: Response): Promise<unknown> {
  try {
    const response = await refreshTokenGrantRequest(server, client, ClientSecretBasic("secret"), "refresh", {
      [customFetch]: async () => answer,
    })
    await processRefreshTokenResponse(server, client, response)
  } catch (error) {
    return error
  }
  throw new Error("The library accepted the answer.")
}

const oauthError = (error: unknown, status: number, headers: Record<string, string> = {}) =>
  Response.json({ error, error_description: "secret-canary" }, { status, headers })
const page = (status: number, headers: Record<string, string> = {}) =>
  new Response("<p>secret-canary</p>", { status, headers: { "content-type": "text/html", ...headers } })
const body = (text: string | null) =>
  new Response(text, { status: 200, headers: { "content-type": "application/json" } })

describe("classifyRefreshFailure", () => {
  it.each<[string, () => Response, RefreshFailure]>([
    [
      "B1 invalid_grant: the user is out",
      () => oauthError("invalid_grant", 400),
      { kind: "terminal", code: "invalid_grant", ambiguous: false },
    ],
    ...["invalid_client", "unauthorized_client", "unsupported_grant_type"].map(
      (code): [string, () => Response, RefreshFailure] => [
        `B3 ${code}: the application is misconfigured, for every grant`,
        () => oauthError(code, 400),
        { kind: "configuration", code, ambiguous: false, everyGrant: true },
      ],
    ),
    ...["invalid_scope", "invalid_request", "access_denied"].map(
      (code): [string, () => Response, RefreshFailure] => [
        `B3 ${code}: something is misconfigured, maybe for this grant alone`,
        () => oauthError(code, 400),
        { kind: "configuration", code, ambiguous: false },
      ],
    ),
    [
      "A5 invalid_target: the refresh token may have been spent before the resource was looked at",
      () => oauthError("invalid_target", 400),
      { kind: "transient", code: "invalid_target", ambiguous: true },
    ],
    [
      "B3 access_denied with 403: the realm is disabled",
      () => oauthError("access_denied", 403),
      { kind: "configuration", code: "access_denied", ambiguous: false, everyGrant: true },
    ],
    [
      "B3 invalid_grant with 401 ends nobody",
      () => oauthError("invalid_grant", 401),
      { kind: "configuration", code: "invalid_grant", ambiguous: false },
    ],
    [
      "B3 401 with a challenge",
      () => page(401, { "www-authenticate": 'Basic realm="x"' }),
      { kind: "configuration", code: "status_401", ambiguous: false, everyGrant: true },
    ],
    [
      "B3 401 with a page",
      () => page(401),
      { kind: "configuration", code: "status_401", ambiguous: false, everyGrant: true },
    ],
    [
      "B3 403 with a page",
      () => page(403),
      { kind: "configuration", code: "status_403", ambiguous: false, everyGrant: true },
    ],
    [
      "B4 429 with Retry-After",
      () => oauthError("slow_down", 429, { "retry-after": "17" }),
      { kind: "transient", code: "slow_down", ambiguous: false, retryAfter: 17, everyGrant: true },
    ],
    [
      "B4 503 with Retry-After",
      () => page(503, { "retry-after": "5" }),
      { kind: "transient", code: "status_503", ambiguous: false, retryAfter: 5, everyGrant: true },
    ],
    [
      "B4 an absurd Retry-After is bounded",
      () => page(503, { "retry-after": "99999999" }),
      { kind: "transient", code: "status_503", ambiguous: false, retryAfter: 3600, everyGrant: true },
    ],
    [
      "B4 an unreadable Retry-After is ignored",
      () => page(503, { "retry-after": "soon" }),
      { kind: "transient", code: "status_503", ambiguous: false },
    ],
    [
      "B4 an instant, by the provider's own clock",
      () =>
        page(429, { "retry-after": "Fri, 15 Jan 2027 08:00:30 GMT", date: "Fri, 15 Jan 2027 08:00:10 GMT" }),
      { kind: "transient", code: "status_429", ambiguous: false, retryAfter: 20, everyGrant: true },
    ],
    [
      "B4 an instant, by our clock where the answer has no date",
      () => page(503, { "retry-after": "Fri, 15 Jan 2027 08:00:30 GMT" }),
      { kind: "transient", code: "status_503", ambiguous: false, retryAfter: 30, everyGrant: true },
    ],
    [
      "B4 a distant instant is bounded",
      () => page(503, { "retry-after": "Fri, 15 Jan 2100 08:00:30 GMT" }),
      { kind: "transient", code: "status_503", ambiguous: false, retryAfter: 3600, everyGrant: true },
    ],
    ...[
      "Thu, 14 Jan 2027 08:00:30 GMT",
      "Fri, 99 Jan 2027 08:00:30 GMT",
      "2027-01-15T08:00:30Z",
      "-5",
      "",
    ].map((value): [string, () => Response, RefreshFailure] => [
      `B4 "${value}" is ignored`,
      () => page(503, { "retry-after": value }),
      { kind: "transient", code: "status_503", ambiguous: false },
    ]),
    [
      "B4 what a 500 asks for is asked of this grant alone",
      () => page(500, { "retry-after": "5" }),
      { kind: "transient", code: "status_500", ambiguous: true, retryAfter: 5 },
    ],
    ["B5 500", () => page(500), { kind: "transient", code: "status_500", ambiguous: true }],
    ["B5 502 with a page", () => page(502), { kind: "transient", code: "status_502", ambiguous: true }],
    [
      "B5 500 that speaks of invalid_grant",
      () => oauthError("invalid_grant", 500),
      { kind: "transient", code: "status_500", ambiguous: true },
    ],
    ["B5 200 with a page", () => page(200), { kind: "transient", code: "response_invalid", ambiguous: true }],
    [
      "B5 200 with nothing",
      () => body(null),
      { kind: "transient", code: "response_invalid", ambiguous: true },
    ],
    [
      "B8 truncated JSON",
      () => body('{"access_tok'),
      { kind: "transient", code: "response_invalid", ambiguous: true },
    ],
    [
      "B8 wrong types",
      () => body('{"access_token":7,"token_type":"Bearer"}'),
      { kind: "transient", code: "response_invalid", ambiguous: true },
    ],
    ["B20 a redirect", () => page(302), { kind: "transient", code: "status_302", ambiguous: true }],
    [
      "an unknown error is nobody's end",
      () => oauthError("something_new", 400),
      { kind: "transient", code: "something_new", ambiguous: false },
    ],
    [
      "an error that is no code is not repeated",
      () => oauthError("Token secret-canary is bad", 400),
      { kind: "transient", code: "unknown_error", ambiguous: false },
    ],
  ])("%s", async (_what, answer, failure) => {
    expect(classify(await thrownBy(answer()))).toEqual(failure)
  })

  it.each([
    ["ECONNREFUSED", false],
    ["ENOTFOUND", false],
    ["EAI_AGAIN", false],
    ["UND_ERR_CONNECT_TIMEOUT", false],
    ["CERT_HAS_EXPIRED", false],
    ["ERR_TLS_CERT_ALTNAME_INVALID", false],
    ["ECONNRESET", true],
    ["EPIPE", true],
    ["ETIMEDOUT", true],
    ["UND_ERR_SOCKET", true],
    ["UND_ERR_HEADERS_TIMEOUT", true],
    ["SOMETHING_NEW", true],
  ])("B6, B7 %s: may the token have been spent? %s", (code, ambiguous) => {
    expect(classify(networkFailure(code))).toEqual({ kind: "transient", code, ambiguous })
  })

  it.each(["timeout", "too_large", "redirect"] as const)(
    "B7, B8 our own bound, %s, leaves it in doubt",
    (why) => {
      expect(classify(new BoundedFetchError(why))).toEqual({
        kind: "transient",
        code: why,
        ambiguous: true,
      })
    },
  )

  it("takes a wrong configuration for one, and an unreachable discovery for a passing fault", () => {
    expect(classify(new ConfigurationError("issuer_mismatch", "x"))).toEqual({
      kind: "configuration",
      code: "issuer_mismatch",
      ambiguous: false,
      everyGrant: true,
    })
    expect(classify(new ProviderUnavailableError("x", 1))).toEqual({
      kind: "transient",
      code: "provider_unavailable",
      ambiguous: false,
    })
  })

  it.each([
    ["an error without a code", new Error("?")],
    ["undefined", undefined],
    ["a string", "invalid_grant"],
  ])("never takes %s for an end", (_what, thrown) => {
    expect(classify(thrown)).toEqual({ kind: "transient", code: "network", ambiguous: true })
  })

  it("repeats nothing of what the provider wrote", async () => {
    for (const answer of [oauthError("invalid_grant", 400), oauthError("X secret-canary", 400), page(502)]) {
      expect(JSON.stringify(classify(await thrownBy(answer)))).not.toContain("secret-canary")
    }
  })
})
