/** A login, or a user, with several grants: one that fails costs no more than one. */
import { describe, expect, it } from "vitest"
import { describeEachStore } from "../stores/each-store.ts"
import { silence } from "./scene/scripted-provider.ts"
import { until } from "./scene/watched-clock.ts"

describeEachStore("several grants", ({ createScene }) => {
  async function twoProviders() {
    const scene = await createScene()
    const { issuer, clientId } = scene.provider
    const evergrant = scene.again({
      providers: (id) => ({ id, issuer, clientId, clientSecret: "client-secret" }),
    })
    const first = await scene.signIn()
    const account = await scene.provider.tokens()
    const { handle } = await evergrant.startLogin({
      user: { id: "user-1" },
      account: {
        ...account,
        access_token: String(account.access_token),
        provider: "two",
        providerAccountId: "a",
      },
      token: {},
      maxAge: 3600,
      previous: { handle: first, link: true },
    })
    expect((await scene.stored(handle)).grants).toHaveLength(2)
    return { scene, evergrant, handle }
  }

  describe("several grants", () => {
    it("a session of two linked accounts is read in the time of one, while both providers hang", async () => {
      const { scene, evergrant, handle } = await twoProviders()
      const { clock, provider } = scene
      await clock.advance(301)
      provider.always("token", silence)
      let read = ""
      evergrant.readSession(handle).then(({ status }) => {
        read = status
      })
      await until(() => clock.waiting().filter((delay) => delay === 4).length === 2)
      await clock.advance(4)
      await until(() => read !== "")
      expect(read).toBe("session")
    })
  })

  describe("a job of a user with several logins", () => {
    it("gets an older token that is still good, while the provider cannot be asked for a newer one", async () => {
      const { evergrant, clock, provider, signIn, spent } = await createScene()
      await signIn({ account: { refresh_token: "refresh-of-the-laptop", expires_in: 900 } })
      await clock.advance(10)
      const phone = await signIn({ account: { refresh_token: "refresh-of-the-phone", expires_in: 60 } })
      await clock.advance(120)
      provider.once("token", () => new Response("", { status: 503 }))
      const wish = { userId: "user-1", provider: "oidc" }

      const token = await clock.runUntilDone(evergrant.getAccessTokenOfUser(wish))

      expect(token.expiresAt).toBeGreaterThan(clock.now())
      expect(spent()).toEqual(["refresh-of-the-phone"])
      // Asked for by force, nothing but a new one does.
      await expect(
        clock.runUntilDone(evergrant.getAccessTokenOfUser({ ...wish, force: true })),
      ).resolves.toMatchObject({ provider: "oidc" })
      expect((await evergrant.readSession(phone)).status).toBe("session")
    })
  })
})
