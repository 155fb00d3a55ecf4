import { describe, expect, it } from "vitest"
import { endProviderSession } from "../../../src/provider/end-session.ts"
import { createOidcProvider } from "../../../src/provider/oidc-provider.ts"
import type { OidcProviderConfig } from "../../../src/provider/provider-config.ts"
import { manualClock } from "../../../src/testing/manual-clock.ts"
import { type Answer, createScriptedProvider, networkFailure } from "../../faults/scene/scripted-provider.ts"

const landing = "https://app.example/signed-out"
const hint = { idToken: "id token", refreshToken: "refresh token", landing }

async function world(changes: Partial<OidcProviderConfig> = {}) {
  const clock = manualClock()
  const scripted = await createScriptedProvider(clock)
  const provider = createOidcProvider(
    { id: "oidc", issuer: scripted.issuer, clientId: "application", clientSecret: "secret", ...changes },
    { clock, scheduler: clock.scheduler, random: (length) => new Uint8Array(length), fetch: scripted.fetch },
  )
  return { clock, scripted, provider }
}

const page: Answer = () => new Response("<form>Do you want to log out?</form>", { status: 200 })
const redirect =
  (location: string): Answer =>
  () =>
    new Response(null, { status: 302, headers: { location } })
const status =
  (code: number): Answer =>
  () =>
    new Response(null, { status: code })

describe("endProviderSession", () => {
  it("believes a redirect to the landing page, and asks no more", async () => {
    const { scripted, provider } = await world()

    expect(await endProviderSession(provider, hint)).toEqual({ status: "ended" })
    const [request, ...more] = scripted.requests("logout")
    expect(more).toEqual([])
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      client_id: "application",
      id_token_hint: "id token",
      post_logout_redirect_uri: landing,
    })
  })

  it("believes it with a query", async () => {
    const { scripted, provider } = await world()
    scripted.once("logout", redirect(`${landing}?state=1`))

    expect(await endProviderSession(provider, hint)).toEqual({ status: "ended" })
  })

  it("believes Keycloak's 204 where the landing page is not registered", async () => {
    const { scripted, provider } = await world()
    scripted.once("logout", status(400))

    expect(await endProviderSession(provider, hint)).toEqual({ status: "ended" })
    expect(scripted.requests("logout")[1]?.form.get("refresh_token")).toBe("refresh token")
    expect(scripted.requests("logout")[1]?.headers.get("authorization")).toMatch(/^Basic /)
  })

  it.each<[string, Answer[], string]>([
    ["a page each time", [page, page, page], "unknown"],
    ["a page, then refusals", [page, status(400), status(400)], "failed"],
    ["a redirect elsewhere", [redirect("https://provider.example/login"), page, page], "unknown"],
    [
      "a redirect to a page that begins alike",
      [redirect(`${landing}-not`), status(400), status(400)],
      "failed",
    ],
    ["a redirect without an address", [status(302), status(400), status(400)], "failed"],
    ["refusals", [status(400), status(400), status(400)], "failed"],
    ["faults", [status(500), status(500), status(500)], "failed"],
  ])("never takes %s for an end", async (_name, answers, verdict) => {
    const { scripted, provider } = await world()
    for (const answer of answers) scripted.once("logout", answer)

    expect(await endProviderSession(provider, hint)).toMatchObject({
      status: verdict,
      reason: expect.any(String),
    })
  })

  it("ends the session by the refresh token alone where there is no ID token", async () => {
    const { scripted, provider } = await world()

    expect(await endProviderSession(provider, { ...hint, idToken: null })).toEqual({ status: "ended" })
    expect(scripted.requests("logout")).toHaveLength(1)
  })

  it("does not take a page for an end without an ID token either", async () => {
    const { scripted, provider } = await world()
    scripted.always("logout", page)

    expect(await endProviderSession(provider, { ...hint, idToken: null })).toMatchObject({ status: "failed" })
  })

  it.each([
    ["has no endpoint", { endpoints: { end_session_endpoint: "" } }],
    [
      "ends its sessions only in the browser",
      { endpoints: { end_session_endpoint: "https://p.example/logout" } },
    ],
    ["was said not to be able to", { serverToServerLogout: false }],
  ])("says that it is unsupported where the provider %s", async (_name, changes) => {
    const { scripted, provider } = await world(changes)

    expect(await endProviderSession(provider, hint)).toMatchObject({ status: "unsupported" })
    expect(scripted.requests("logout")).toEqual([])
  })

  it.each<[string, "discovery" | "logout"]>([
    ["cannot be reached", "logout"],
    ["has no metadata", "discovery"],
  ])("C16 reports, and does not throw, when the provider %s", async (_name, endpoint) => {
    const { scripted, provider } = await world()
    scripted.always(endpoint, () => Promise.reject(networkFailure("ECONNREFUSED")))

    expect(await endProviderSession(provider, hint)).toEqual({
      status: "failed",
      reason: "the provider could not be reached",
    })
  })

  it("never repeats a token in its reason", async () => {
    const { scripted, provider } = await world()
    scripted.always("logout", ({ form }) => new Response(form.toString(), { status: 400 }))

    const text = JSON.stringify(await endProviderSession(provider, hint))
    expect(text).not.toMatch(/id token|refresh token|secret/)
  })
})
