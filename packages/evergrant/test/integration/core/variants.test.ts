import { decodeJwt } from "jose"
import { expect, it } from "vitest"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { appUrl, createTestApplication } from "./signed-in.ts"

describeEachProvider("tokens for several scopes", appUrl, (provider) => {
  const scopesOf = (token: string) => String(decodeJwt(token).scope).split(" ").toSorted()

  it("A5 gives two scopes that are asked for at once, each caller its own, and keeps the chain whole", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const { evergrant, signIn } = createTestApplication(provider())
    const { handle } = await signIn()
    const main = await evergrant.getAccessToken(handle)
    await provider().resetCounters()

    const wishes = [{ scope: "openid email" }, { scope: "openid profile" }, {}]
    const answers = await Promise.all(
      [...wishes, ...wishes, ...wishes].map((wish) => evergrant.getAccessToken(handle, wish)),
    )

    expect(await provider().refreshes()).toEqual({ succeeded: 2, refused: 0 })
    const [mail, profile, own] = answers
    expect(scopesOf(mail?.accessToken ?? "")).toEqual(["email", "openid"])
    expect(scopesOf(profile?.accessToken ?? "")).toEqual(["openid", "profile"])
    expect(own).toEqual(main)
    expect(answers.slice(3)).toEqual([mail, profile, own, mail, profile, own])

    const fresh = await evergrant.getAccessToken(handle, { force: true })
    expect(scopesOf(fresh.accessToken)).toEqual(scopesOf(main.accessToken))
    expect((await evergrant.getAccessToken(handle, { scope: "openid" })).accessToken).not.toBe(
      fresh.accessToken,
    )
    expect(await provider().refreshes()).toEqual({ succeeded: 4, refused: 0 })
    expect((await evergrant.refreshSession(handle)).claims.email).toContain("@")
  })

  it("A5 signs nobody out when more is asked for than was granted, and the refresh token stays good", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const { evergrant, signIn, events } = createTestApplication(provider())
    const { handle } = await signIn()
    const main = await evergrant.getAccessToken(handle)

    await expect(evergrant.getAccessToken(handle, { scope: "openid not-granted" })).rejects.toMatchObject({
      code: "scope_refused",
    })

    expect(events.map(({ type }) => type)).not.toContain("provider.misconfigured")
    expect(await evergrant.getAccessToken(handle)).toEqual(main)
    const fresh = await evergrant.getAccessToken(handle, { force: true })
    expect(fresh.accessToken).not.toBe(main.accessToken)
  })

  it("A5 goes on where the provider does not know the resource, or takes no notice of it", async () => {
    const { evergrant, signIn } = createTestApplication(provider())
    const { handle } = await signIn()
    const wish = { resource: "https://api.example.com/" }

    const answer = await evergrant.getAccessToken(handle, wish).catch((error: unknown) => error)

    if (provider().kind === "keycloak") expect(answer).toHaveProperty("accessToken")
    else expect(answer).toMatchObject({ code: "scope_refused" })
    expect(await evergrant.getAccessToken(handle, { force: true })).toHaveProperty("accessToken")
  })
})
