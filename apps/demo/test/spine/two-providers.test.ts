/** Two providers in one login: linked, refreshed, ended each on its own, and signed out together. */
import { describe, expect, it } from "vitest"
import { connectBareClient } from "../../../../packages/evergrant/test/providers/bare-client.ts"
import { createEmbeddedRealm } from "../../../../packages/evergrant/test/providers/embedded.ts"
import type { TestProvider } from "../../../../packages/evergrant/test/providers/test-provider.ts"
import { freePort } from "../../../../tools/keycloak/free-port.ts"
import { Browser, textOf } from "../browser.ts"
import { providerEnvironment, startDemo } from "../start-demo.ts"
import { accountsOf, expectNewest } from "./account-rows.ts"
import { clockPassed, describeDemo, eventually, figure, isUsable, type Scene, tokenOf } from "./scene.ts"
import { storedTokens } from "./stored-tokens.ts"

const ofSecond = "/api/token?provider=oidc2"
const notLinked = "error=OAuthAccountNotLinked"
const requests = 100

function secondOf({ second }: Scene): TestProvider {
  if (!second) throw new Error("The scene has no second provider.")
  return second
}

async function setLifetimes(scene: Scene, accessToken: number): Promise<void> {
  await scene.provider.setLifetimes({ accessToken })
  await secondOf(scene).setLifetimes({ accessToken })
}

/** A browser in which alice has signed in at the first provider and linked her account at the second. */
async function linkedIn(scene: Scene): Promise<Browser> {
  const browser = await scene.signedIn("alice")
  await browser.signIn(secondOf(scene), "alice", "oidc2")
  return browser
}

async function userOf(browser: Browser): Promise<unknown> {
  const { status, body } = await browser.getJson("/api/me")
  expect(status).toBe(200)
  return (body.user as { id: string }).id
}

await describeDemo("two providers", { stores: ["sqlite"], secondProvider: true }, (scene, strategy) => {
  it("do not link by the cookie of an ended login, and there is no session", async () => {
    const { provider, signedIn } = scene()
    const second = secondOf(scene())
    await setLifetimes(scene(), 300)
    const bob = await signedIn("bob")
    const userId = await userOf(bob)
    const [thief, guest] = [bob.copy(), bob.copy()]
    await bob.signOut()

    // The same address, and nobody is signed in to whom the account could be linked.
    expect((await thief.signIn(second, "bob", "oidc2")).url).toContain(notLinked)
    expect((await thief.getJson("/api/me")).status).toBe(401)

    // Another address: somebody new, who has nothing of bob.
    await second.setProfile("bob", { email: "robert@example.test" })
    await guest.signIn(second, "bob", "oidc2")
    expect(await userOf(guest)).not.toBe(userId)
    expect((await accountsOf(guest)).map((row) => row.provider)).toEqual(["oidc2"])
    expect((await accountsOf(await signedIn("bob"))).map((row) => row.provider)).toEqual(["oidc"])
    figure(`${provider.kind}, ${strategy}: the cookie of an ended login links nothing at the second provider`)
  })

  it("leave an account alone that is another user's", async () => {
    const { signedIn } = scene()
    const alice = await signedIn("alice")
    const before = [await userOf(alice), await accountsOf(alice), (await tokenOf(alice)).accessToken]
    // The account of the test before.
    expect((await alice.signIn(secondOf(scene()), "bob", "oidc2")).url).toContain(notLinked)
    expect([await userOf(alice), await accountsOf(alice), (await tokenOf(alice)).accessToken]).toEqual(before)
  })

  it("are linked by the button: user and login stay, both rows are there", async () => {
    const { signedIn, file, secret } = scene()
    const second = secondOf(scene())
    const alice = await signedIn("alice")
    const userId = await userOf(alice)
    const before = (await storedTokens(file, secret)).at(-1)
    const sessionCookie = alice.jar.get(alice.app, "authjs.session-token")

    const atProvider = await alice.submit(await alice.open("/"), "Link the second provider")
    expect(atProvider.url).toContain(second.issuer)
    const page = await alice.comeBack(second, "alice", atProvider.url, "oidc2")

    expect(page).toMatchObject({ status: 200, url: `${alice.app}/` })
    expect(textOf(page, "generation-oidc2")).toBe("1")
    expect(page.html).not.toContain("Link the second provider")
    expect(await userOf(alice)).toBe(userId)
    expect((await accountsOf(alice)).map((row) => row.provider)).toEqual(["oidc", "oidc2"])
    for (const provider of ["oidc", "oidc2"]) {
      const { loginId } = await expectNewest(scene(), alice, `linked, ${provider}`, provider)
      expect(loginId).toBe(before?.loginId)
    }
    expect(alice.jar.get(alice.app, "authjs.session-token")).not.toBe(sessionCookie)
    expect(await isUsable(second, (await tokenOf(alice, ofSecond)).accessToken)).toBe(true)
    // The row follows every login of the account: none is left over for the tests below.
    await alice.signOut()
  })

  it("are refreshed once each by 100 parallel requests after a common expiry", async () => {
    const { provider } = scene()
    const second = secondOf(scene())
    await setLifetimes(scene(), 4)
    const alice = await linkedIn(scene())
    const expiries = [(await tokenOf(alice)).expiresAt, (await tokenOf(alice, ofSecond)).expiresAt]
    await setLifetimes(scene(), 300)
    await clockPassed(Math.max(...expiries) + 1)
    await Promise.all([provider.resetCounters(), second.resetCounters()])

    const answers = await Promise.all(
      Array.from({ length: requests }, (_, index) =>
        alice.getJson(index % 2 === 0 ? "/api/token" : ofSecond),
      ),
    )

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: requests }, () => 200))
    for (const [realm, id] of [
      [provider, "oidc"],
      [second, "oidc2"],
    ] as const) {
      const given = answers.filter(({ body }) => body.provider === id).map(({ body }) => body.accessToken)
      expect(given).toHaveLength(requests / 2)
      const distinct = [...new Set(given.map(String))]
      expect(await Promise.all(distinct.map((token) => isUsable(realm, token)))).toEqual([true])
      expect(await realm.refreshes()).toEqual({ succeeded: 1, refused: 0 })
      await expectNewest(scene(), alice, `refreshed, ${id}`, id)
    }
    await alice.signOut()
    figure(`${provider.kind}, ${strategy}: ${requests} parallel for both tokens at expiry, 1 refresh each`)
  })

  it("leave each other untouched when one of them ends its session", async () => {
    const { provider } = scene()
    const second = secondOf(scene())
    await setLifetimes(scene(), 300)
    await second.setLifetimes({ accessToken: 3 })
    const alice = await linkedIn(scene())
    const { expiresAt } = await tokenOf(alice, ofSecond)
    await second.endSessions("alice")
    await clockPassed(expiresAt)
    // A slow machine may have been given one more token before the end.
    const ended = await eventually(
      "the end of the second",
      () => alice.getJson(ofSecond),
      ({ status }) => status !== 200,
    )
    expect(ended).toMatchObject({ status: 409, body: { error: "no_grant" } })
    expect((await alice.postJson("/api/user/update")).status).toBe(200)
    await expectNewest(scene(), alice, "the second has ended")
    expect((await accountsOf(alice)).find((row) => row.provider === "oidc2")?.refresh_token_sha256).toBeNull()

    await second.setLifetimes({ accessToken: 300 })
    await alice.signIn(second, "alice", "oidc2")
    await provider.endSessions("alice")
    await alice.postJson("/api/user/update")
    expect((await alice.getJson("/api/token")).status).toBe(409)
    expect(await isUsable(second, (await tokenOf(alice, ofSecond)).accessToken)).toBe(true)
    expect((await alice.getJson("/api/me")).status).toBe(200)
    await expectNewest(scene(), alice, "the first has ended", "oidc2")
    figure(`${provider.kind}, ${strategy}: the death of one provider's session leaves the other's grant`)
  })

  it("are both ended by a sign-out, which says so", async () => {
    const { provider, file, secret } = scene()
    const second = secondOf(scene())
    const alice = await linkedIn(scene())
    const loginId = (await expectNewest(scene(), alice, "linked", "oidc2")).loginId
    const held = (await storedTokens(file, secret)).filter((tokens) => tokens.loginId === loginId)

    const landing = await alice.signOut()

    expect(landing.html).toContain("Signed out here and at the provider")
    // The least good of all providers' results.
    expect(alice.jar.get(alice.app, "evergrant.signed-out")).toBe("ended")
    for (const [realm, id] of [
      [provider, "oidc"],
      [second, "oidc2"],
    ] as const) {
      const client = await connectBareClient(realm, `${alice.app}/api/auth/callback/${id}`)
      const tokens = held.find((one) => one.provider === id)
      expect(await client.refresh(tokens?.refreshToken ?? "")).toMatchObject({
        status: 400,
        body: { error: "invalid_grant" },
      })
      const silent = await client.authorize("alice", alice.jar, { prompt: "none" })
      expect(silent.get("error")).toBe("login_required")
    }
    figure(`${provider.kind}, ${strategy}: one sign-out ends both providers' sessions, flag ended`)
  })
})

describe("two embedded providers of which one does not hear the sign-out", () => {
  it.each(["oidc", "oidc2"])("are told apart by the result: %s is out of reach", async (deaf) => {
    const port = await freePort()
    const appUrl = `http://localhost:${port}`
    const realms = {
      oidc: await createEmbeddedRealm({ appUrl }),
      oidc2: await createEmbeddedRealm({ appUrl, realm: "second" }),
    }
    const demo = await startDemo({
      ...providerEnvironment(realms.oidc),
      ...providerEnvironment(realms.oidc2, "OIDC2"),
      PORT: String(port),
    })
    try {
      const alice = new Browser(demo.url)
      await alice.signIn(realms.oidc, "alice")
      await alice.signIn(realms.oidc2, "alice", "oidc2")
      const [silenced, other] = deaf === "oidc" ? [realms.oidc, realms.oidc2] : [realms.oidc2, realms.oidc]
      silenced.provider.faults.set({ kind: "503", endpoint: "logout" })
      const landing = await alice.signOut()
      expect(landing.html).toContain("The provider could not be told")
      expect(alice.jar.get(alice.app, "evergrant.signed-out")).toBe("failed")
      expect(other.provider.sessions.list()).toEqual([])
      expect(silenced.provider.sessions.list()).toHaveLength(1)
    } finally {
      await demo.stop()
      await Promise.all(Object.values(realms).map((realm) => realm.close()))
    }
  })
})
