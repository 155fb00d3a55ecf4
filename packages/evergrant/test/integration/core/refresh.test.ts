import { expect, it } from "vitest"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { appUrl, createTestApplication, eventually } from "./signed-in.ts"

describeEachProvider("refreshing", appUrl, (provider) => {
  it("serves the token of the sign-in while it is good, without asking the provider", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const app = createTestApplication(provider())
    const { handle, tokens } = await app.signIn()
    await provider().resetCounters()

    const answer = await app.evergrant.getAccessToken(handle)

    expect(answer.accessToken).toBe(tokens.access_token)
    expect(await provider().refreshes()).toEqual({ succeeded: 0, refused: 0 })
  })

  it("turns 50 callers at expiry into one refresh, twice in a row, and stays alive", async () => {
    await provider().setLifetimes({ accessToken: 2 })
    const app = createTestApplication(provider())
    const { handle, tokens } = await app.signIn()
    await provider().resetCounters()
    let last = tokens.access_token

    for (const rounds of [1, 2]) {
      await eventually(
        async () => app.evergrant.readSession(handle, { refresh: false }),
        (reading) =>
          reading.status === "session" && (reading.view.grants[0]?.expiresAt ?? 0) <= Date.now() / 1000,
      )
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => app.evergrant.getAccessToken(handle)),
      )
      const distinct = new Set(answers.map((answer) => answer.accessToken))
      expect(distinct.size).toBe(1)
      expect(distinct.has(String(last))).toBe(false)
      last = answers[0]?.accessToken
      expect(await provider().refreshes()).toEqual({ succeeded: rounds, refused: 0 })
    }
  })

  it("shows what changed at the provider after a forced refresh, each claim from its own source", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const app = createTestApplication(provider())
    const { handle } = await app.signIn()
    await provider().setAttributes("alice", { plan: "gold" })
    await provider().setRoles("alice", ["editor", "auditor"])
    await provider().setProfile("alice", { email: "alice.new@example.com", givenName: "Alicia" })

    const session = await app.evergrant.refreshSession(handle)

    expect(session.claims.plan).toBe("gold")
    expect(session.claims.email).toBe("alice.new@example.com")
    expect(session.claims["realm_access.roles"]).toEqual(expect.arrayContaining(["editor", "auditor"]))
    expect(session.token.name).toContain("Alicia")
    expect(session.grants[0]?.generation).toBe(2)
    const read = await app.evergrant.readSession(handle)
    expect(read.status === "session" && read.view.claims).toEqual(session.claims)
  })

  it("ends the login when the provider has ended its session, and tells why", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const app = createTestApplication(provider())
    const { handle } = await app.signIn()
    await provider().endSessions("alice")

    await expect(app.evergrant.refreshSession(handle)).rejects.toMatchObject({
      code: "signed_out",
      reason: "provider_session_ended",
    })
    expect(await app.evergrant.readSession(handle)).toEqual({
      status: "signed_out",
      reason: "provider_session_ended",
    })
    expect(app.events.filter((event) => event.type === "session.ended")).toHaveLength(1)
  })

  it("signs nobody out when the provider refuses the client, and recovers alone", async () => {
    await provider().setLifetimes({ accessToken: 2 })
    const app = createTestApplication(provider())
    const { handle } = await app.signIn()
    await provider().setClientSecretAtProvider("another-secret")
    try {
      await eventually(
        () => app.evergrant.getAccessToken(handle).catch((error: unknown) => error),
        (answer) => answer instanceof Error,
      )
      expect((await app.evergrant.readSession(handle)).status).toBe("session")
      expect(app.events.some((event) => event.type === "provider.misconfigured")).toBe(true)
    } finally {
      await provider().setClientSecretAtProvider(provider().clientSecret)
    }
    const answer = await eventually(
      () => app.evergrant.getAccessToken(handle).catch((error: unknown) => error),
      (given) => !(given instanceof Error),
    )
    expect(answer).toHaveProperty("accessToken")
  })

  it("ends the provider's session at sign-out, and says so only because the provider does", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const app = createTestApplication(provider())
    const { handle } = await app.signIn()

    const result = await app.evergrant.signOut(handle, `${appUrl}/signed-out`)

    expect(result.providers).toEqual([{ provider: "oidc", status: "ended" }])
    expect(await app.evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "signed_out" })
    await expect(app.evergrant.getAccessToken(handle)).rejects.toMatchObject({ reason: "signed_out" })
  })

  it("keeps two browsers of one user apart: one signs out, the other lives", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const app = createTestApplication(provider())
    const laptop = await app.signIn("bob")
    const phone = await app.signIn("bob")
    await app.evergrant.signOut(laptop.handle, `${appUrl}/signed-out`)
    expect((await app.evergrant.refreshSession(phone.handle)).grants[0]?.generation).toBe(2)
  })

  it("confirms the end also where the landing page is not registered", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const app = createTestApplication(provider())
    const { handle } = await app.signIn()
    const result = await app.evergrant.signOut(handle, "http://elsewhere.example/signed-out")
    expect(result.providers).toEqual([{ provider: "oidc", status: "ended" }])
  })
})
