/** Row A10 at both providers, under strict rotation: after a lost rotation one silent round trip, and never a second. */
import { afterEach, describe, expect, it } from "vitest"
import { connectBareClient } from "../../providers/bare-client.ts"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { strategies } from "../accounts/linked-application.ts"
import { appUrl } from "./application.ts"
import { createSilentApplication, noteOf, type SilentApplication, start, told } from "./silent-application.ts"

const silent = "/api/auth/evergrant/silent"
const callback = `${appUrl}/api/auth/callback/oidc`

describeEachProvider("after a lost rotation", appUrl, (provider) => {
  describe.each(strategies)("in the %s strategy", (strategy) => {
    let app: SilentApplication
    afterEach(() => app.close())
    const create = async () => {
      app = await createSilentApplication(provider(), strategy)
      await provider().resetCounters()
      return app
    }

    it("A10 one round trip without a question brings the same user back to the page", async () => {
      const { lost, goTo, events } = await create()
      const browser = await lost()
      const old = browser.copy()
      expect(await told(browser)).toEqual({ status: "signed_out", reason: "rotation_lost", silent })
      expect(await browser.session()).toBeNull()

      const { trail, page } = await goTo(browser, "/orders?page=2")

      expect(trail.map((address) => new URL(address).pathname)).toEqual([
        "/orders",
        silent,
        "/api/auth/callback/oidc",
        "/orders",
      ])
      expect(trail.at(-1)).toBe(`${appUrl}/orders?page=2`)
      expect(page.headers.get("x-middleware-next")).toBe("1")
      const session = await browser.session()
      const users = events.flatMap((event) => (event.type === "session.started" ? [event.user] : []))
      expect(users).toEqual([session?.user.id, session?.user.id])
      expect(session?.user.email).toBe("alice@example.test")
      expect(events.filter(({ type }) => type === "silent.finished")).toEqual([
        { type: "silent.finished", loginId: expect.any(String), provider: "oidc", outcome: "signed_in" },
      ])
      expect(noteOf(browser)).toBeUndefined()
      expect(browser.jar.get(`${appUrl}/`, "evergrant.silent")).toBeUndefined()
      expect((await browser.postOwn("refresh", {})).status).toBe(200)
      expect(await provider().refreshes()).toEqual({ succeeded: 2, refused: 1 })

      // The old cookie stays dead, and offers nothing more.
      expect(await told(old)).toEqual({ status: "signed_out", reason: "rotation_lost" })
      expect((await goTo(old, "/orders")).trail).toHaveLength(1)
      expect(await old.session()).toBeNull()
    })

    it("A10 data of the user is there as before", async () => {
      const { lost, goTo, result } = await create()
      const browser = await lost("bob")
      await goTo(browser, "/")
      await result.patchSession({ step: "COMPLETED" }, { request: browser.request("/") })
      const user = (await browser.session())?.user.id
      // Another browser of the same user, lost and healed as well, sees it.
      const other = await lost("bob")
      await goTo(other, "/")
      expect(await other.session()).toMatchObject({ user: { id: user }, data: { step: "COMPLETED" } })
    })

    it("A10 an ended session at the provider means signed out with the reason, and no second try", async () => {
      const { lost, goTo, events } = await create()
      const browser = await lost()
      await provider().endSessions("alice")

      const { trail, page } = await goTo(browser, "/orders")

      expect(new URL(trail[2] ?? "").searchParams.get("error")).toBe("login_required")
      expect(trail.at(-1)).toBe(`${appUrl}/orders`)
      expect(page.headers.get("x-middleware-next")).toBe("1")
      expect(noteOf(browser)).toBe("rotation_lost")
      expect(await told(browser)).toEqual({ status: "signed_out", reason: "rotation_lost" })
      expect(events.filter(({ type }) => type === "silent.finished")).toEqual([
        expect.objectContaining({ outcome: "refused", code: "login_required" }),
      ])
      expect((await goTo(browser, "/orders")).trail).toEqual([`${appUrl}/orders`])
      expect((await start(browser)).location).toBe(`${appUrl}/page`)
      expect(await provider().refreshes()).toEqual({ succeeded: 1, refused: 1 })
    })

    it("A10 somebody else at the provider is refused, and stays signed in there", async () => {
      const { lost, goTo, events, database } = await create()
      const browser = await lost()
      await provider().endSessions("alice")
      const client = await connectBareClient(provider(), callback)
      expect((await client.authorize("bob", browser.jar)).get("code")).not.toBeNull()
      const before = await database?.accounts()

      const { trail } = await goTo(browser, "/orders")

      expect(new URL(trail[2] ?? "").searchParams.get("code")).not.toBeNull()
      expect(trail.at(-1)).toBe(`${appUrl}/orders`)
      expect(await browser.session()).toBeNull()
      expect(noteOf(browser)).toBe("subject_changed")
      expect(events.filter(({ type }) => type === "session.started")).toHaveLength(1)
      expect(events.filter(({ type }) => type === "silent.finished")).toEqual([
        expect.objectContaining({ outcome: "subject_changed" }),
      ])
      expect(await database?.accounts()).toEqual(before)
      expect((await goTo(browser, "/orders")).trail).toHaveLength(1)
      const still = await client.authorize("nobody", browser.jar, { prompt: "none" })
      expect(still.get("code")).not.toBeNull()
    })

    it("A10 of two tabs at once one goes to the provider, the other to its page", async () => {
      const { lost } = await create()
      const browser = await lost()
      const answers = await Promise.all([1, 2, 3].map((tab) => start(browser.copy(), `/tab/${tab}`)))
      const sent = answers.filter(({ location }) => location.startsWith(provider().issuer))
      expect(sent).toHaveLength(1)
      expect(new URL(sent[0]?.location ?? "").searchParams.get("prompt")).toBe("none")
      for (const { location, status } of answers) {
        expect(status).toBe(302)
        if (location !== sent[0]?.location) expect(location).toMatch(new RegExp(`^${appUrl}/tab/[123]$`))
      }
    })
  })
})
