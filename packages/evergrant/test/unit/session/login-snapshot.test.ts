import { describe, expect, it } from "vitest"
import { isAhead, isBehind, type LoginSnapshot, readSnapshot } from "../../../src/session/login-snapshot.ts"
import type { StoredLogin } from "../../../src/store/records.ts"
import { sampleGrant, sampleLogin } from "../../../src/testing/contracts/samples.ts"

const now = 1_800_000_000
const snapshot: LoginSnapshot = {
  format: 1,
  namespace: "default",
  loginId: "login",
  createdAt: now,
  expiresAt: now + 3600,
  revision: 2,
  version: 5,
  content: { token: {}, provider: "oidc" },
  grants: [
    {
      provider: "oidc",
      providerAccountId: "account",
      issuer: "https://issuer.example",
      clientId: "client",
      sid: null,
      sub: "sub",
      generation: 3,
      firstIssuedAt: now,
      tokens: {
        accessToken: "access",
        refreshToken: "refresh",
        idToken: null,
        scope: null,
        receivedAt: now,
        expiresAt: now + 60,
        sessionExpiresAt: null,
      },
      claims: { declared: {}, profile: {}, idTokenIssuedAt: null },
    },
  ],
  data: { version: 2, fields: {} },
}

function record(
  changes: { generation?: number; data?: number; version?: number; revision?: number } = {},
): StoredLogin {
  const { generation = 3, data = 2, version = 5, revision = 2 } = changes
  return {
    ...sampleLogin(now, { revision }),
    status: "live",
    version,
    grants: [{ ...sampleGrant(now, { generation }), loginId: "login", intent: null }],
    data: { user: "user", version: data, sealedData: "" },
  }
}

describe("readSnapshot", () => {
  it("reads what was written, after its way through JSON", () => {
    expect(readSnapshot(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot)
    expect(readSnapshot({ ...snapshot, grants: [], data: null })).toEqual({
      ...snapshot,
      grants: [],
      data: null,
    })
  })

  const [grant] = snapshot.grants
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "1"],
    ["a list", [snapshot]],
    ["a newer format", { ...snapshot, format: 2 }],
    ["no format", { ...snapshot, format: undefined }],
    ["no login id", { ...snapshot, loginId: "" }],
    ["a time that is text", { ...snapshot, expiresAt: "tomorrow" }],
    ["a version that is no number", { ...snapshot, version: Number.NaN }],
    ["no content", { ...snapshot, content: { provider: "oidc" } }],
    ["grants that are no list", { ...snapshot, grants: {} }],
    [
      "a grant without a refresh token",
      { ...snapshot, grants: [{ ...grant, tokens: { ...grant?.tokens, refreshToken: "" } }] },
    ],
    ["a grant without claims", { ...snapshot, grants: [{ ...grant, claims: null }] }],
    ["a grant that is null", { ...snapshot, grants: [null] }],
    ["data without a version", { ...snapshot, data: { fields: {} } }],
    ["no data at all", { ...snapshot, data: undefined }],
  ])("does not guess at %s", (_, value) => {
    expect(readSnapshot(value)).toBe(undefined)
  })
})

describe("comparing with what the process holds", () => {
  it.each<[string, Parameters<typeof record>[0], { behind: boolean; ahead: boolean }]>([
    ["the same", {}, { behind: false, ahead: false }],
    ["rotated here", { generation: 4, version: 6 }, { behind: true, ahead: false }],
    ["rotated elsewhere", { generation: 2, version: 4 }, { behind: false, ahead: true }],
    ["claims settled here", { version: 6 }, { behind: true, ahead: false }],
    ["payload changed elsewhere", { revision: 1 }, { behind: false, ahead: true }],
    ["data changed in another browser", { data: 3 }, { behind: true, ahead: false }],
    ["data changed elsewhere", { data: 1 }, { behind: false, ahead: true }],
    ["tokens from here, data from elsewhere", { generation: 4, data: 1 }, { behind: true, ahead: true }],
    ["tokens from elsewhere under the same version", { generation: 2 }, { behind: false, ahead: true }],
  ])("%s", (_, changes, { behind, ahead }) => {
    expect(isBehind(snapshot, record(changes))).toBe(behind)
    expect(isAhead(snapshot, record(changes))).toBe(ahead)
  })

  it("a grant that was linked here", () => {
    expect(isBehind({ ...snapshot, grants: [] }, record())).toBe(true)
  })
})
