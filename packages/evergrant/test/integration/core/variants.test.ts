import { decodeJwt } from "jose"
import { expect, it } from "vitest"
import { isEvergrantError } from "../../../src/errors.ts"
import { CookieJar } from "../../providers/cookie-jar.ts"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { appUrl, createTestApplication, eventually } from "./signed-in.ts"

describeEachProvider("tokens for several scopes", appUrl, (provider) => {
  const everything = { scope: "openid profile email address phone" }
  /** Which of the two scopes that can be left out are in a token: Keycloak always adds the default ones. */
  const optionalScopes = ({ accessToken }: { accessToken: string }) =>
    String(decodeJwt(accessToken).scope)
      .split(" ")
      .filter((scope) => scope === "address" || scope === "phone")
      .toSorted()

  it("A5 gives two scopes that are asked for at once, each caller its own, and keeps the chain whole", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const { evergrant, signIn } = createTestApplication(provider())
    const { handle } = await signIn("alice", new CookieJar(), everything)
    const main = await evergrant.getAccessToken(handle)
    await provider().resetCounters()

    const wishes = [{ scope: "openid address" }, { scope: "openid phone" }, {}]
    const answers = await Promise.all(
      [...wishes, ...wishes, ...wishes].map((wish) => evergrant.getAccessToken(handle, wish)),
    )

    expect(await provider().refreshes()).toEqual({ succeeded: 2, refused: 0 })
    expect(answers.slice(0, 3).map(optionalScopes)).toEqual([["address"], ["phone"], ["address", "phone"]])
    expect(answers[0]?.scope).toContain("address")
    expect(answers[0]?.scope).not.toContain("phone")
    expect(answers[2]).toEqual(main)
    expect(answers).toEqual([answers, answers, answers].flatMap((all) => all.slice(0, 3)))
  })

  it("A5 narrows one token and never the grant: what comes next has all scopes again", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const { evergrant, signIn } = createTestApplication(provider())
    const { handle } = await signIn("alice", new CookieJar(), everything)
    await evergrant.getAccessToken(handle, { scope: "openid address" })

    const fresh = await evergrant.getAccessToken(handle, { force: true })

    expect(optionalScopes(fresh)).toEqual(["address", "phone"])
    expect(optionalScopes(await evergrant.getAccessToken(handle, { scope: "openid phone" }))).toEqual([
      "phone",
    ])
    expect((await evergrant.refreshSession(handle)).claims.email).toContain("@")
  })

  it("A5 forces the main token and two scopes at once, again and again", async () => {
    await provider().setLifetimes({ accessToken: 2 })
    const { evergrant, signIn } = createTestApplication(provider())
    const { handle } = await signIn("alice", new CookieJar(), everything)
    await provider().resetCounters()
    const wishes = [{}, { scope: "address" }, { scope: "phone" }]

    for (let round = 0; round < 3; round += 1) {
      const forced = await Promise.all(
        [...wishes, ...wishes].map((wish) => evergrant.getAccessToken(handle, { ...wish, force: true })),
      )
      const scopes = [["address", "phone"], ["address"], ["phone"]]
      expect(forced.map(optionalScopes)).toEqual([...scopes, ...scopes])
    }

    expect((await provider().refreshes()).refused).toBe(0)
    expect((await evergrant.readSession(handle)).status).toBe("session")
  })

  it("A5 signs nobody out when more is asked for than was granted, and the refresh token stays good", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const { evergrant, signIn, events } = createTestApplication(provider())
    const { handle } = await signIn()
    const main = await evergrant.getAccessToken(handle)

    const refused = { code: "scope_refused" }
    await expect(evergrant.getAccessToken(handle, { scope: "not-a-scope" })).rejects.toMatchObject(refused)
    const unasked = evergrant.getAccessToken(handle, { scope: "openid phone" })
    // Keycloak gives what it may of scopes that it knows (B17), and the answer says so.
    if (provider().kind === "keycloak") expect((await unasked).scope).not.toContain("phone")
    else await expect(unasked).rejects.toMatchObject(refused)

    expect(events.map(({ type }) => type)).not.toContain("provider.misconfigured")
    expect(await evergrant.getAccessToken(handle)).toEqual(main)
    const fresh = await evergrant.getAccessToken(handle, { force: true })
    expect(fresh.accessToken).not.toBe(main.accessToken)
  })

  it("A5 tells a resource that the provider refuses from one of which it takes no notice", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const { evergrant, signIn } = createTestApplication(provider())
    const { handle } = await signIn()
    const answer = evergrant.getAccessToken(handle, { resource: "https://api.example.com/" })

    if (provider().kind === "keycloak") {
      await answer
      expect(await evergrant.getAccessToken(handle, { force: true })).toHaveProperty("accessToken")
      return
    }
    await expect(answer).rejects.toMatchObject({ code: "scope_refused" })
    // This one has spent the refresh token before it refused: the login is over, and the reason says why.
    const after = await eventually(
      () => evergrant.getAccessToken(handle, { force: true }).catch((error: unknown) => error),
      (error) => isEvergrantError(error) && error.code === "signed_out",
    )
    expect(after).toMatchObject({ reason: "rotation_lost" })
  })
})
