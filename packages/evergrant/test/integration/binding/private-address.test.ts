import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { customFetch } from "next-auth"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { appUrl, createApplication, oidcProvider } from "./application.ts"

/** Browsers know the provider by its issuer; the server may only go through the private address. */
let provider: EmbeddedTestProvider
let privateAddress = ""
const passed: { path: string; host: string; proto: string }[] = []
const server = createServer(async (request, response) => {
  const path = request.url ?? "/"
  const header = (name: string) => String(request.headers[name] ?? "")
  passed.push({ path, host: header("x-forwarded-host"), proto: header("x-forwarded-proto") })
  const answer = await fetch(new URL(path, provider.issuer), {
    method: request.method ?? "GET",
    headers: copied(request),
    ...(request.method === "POST" ? { body: await bodyOf(request) } : {}),
    redirect: "manual",
  })
  const headers = Object.fromEntries(answer.headers)
  delete headers["content-encoding"]
  delete headers["transfer-encoding"]
  response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()))
})

function copied(request: IncomingMessage): Record<string, string> {
  const names = ["authorization", "content-type", "accept"]
  return Object.fromEntries(
    names.flatMap((name) => (request.headers[name] ? [[name, String(request.headers[name])]] : [])),
  )
}

async function bodyOf(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { pathname } = new URL(provider.issuer)
  privateAddress = `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await provider.close()
})

function application(serverAddress?: string) {
  /** The network of the server: the issuer's public name leads nowhere. */
  const network = async (...given: Parameters<typeof fetch>) => {
    const [input] = given
    const url = input instanceof Request ? input.url : String(input)
    if (url.startsWith(provider.issuer))
      throw new TypeError(`${new URL(url).host} is not reachable from here.`)
    return fetch(...given)
  }
  return createApplication(provider, {
    providers: [{ ...oidcProvider(provider), [customFetch]: network } as ReturnType<typeof oidcProvider>],
    evergrant: serverAddress ? { providers: { oidc: { serverAddress } } } : {},
  })
}

it("without a private address nobody can sign in there", async () => {
  const browser = application().browser()
  const answer = await browser.startSignIn()
  expect(answer.location).toContain("error=Configuration")
})

it("signs in, refreshes and signs out through the private address", async () => {
  const app = application(privateAddress)
  const browser = app.browser()

  await browser.signIn(provider)
  expect(await browser.session()).toMatchObject({
    user: { name: "Alice Liddell" },
    claims: { plan: "free", email: "alice@example.test", "realm_access.roles": expect.any(Array) },
  })
  // The browser was sent to the public name.
  const sentTo = browser.answers.find(({ location }) => location.includes("/auth?"))
  expect(sentTo?.location.startsWith(provider.issuer)).toBe(true)

  await provider.setAttributes("alice", { plan: "gold" })
  expect((await browser.postOwn("refresh", {})).status).toBe(200)
  expect(await browser.session()).toMatchObject({ claims: { plan: "gold" }, grants: [{ generation: 2 }] })

  await browser.signOut()
  expect(browser.jar.get(appUrl, "evergrant.signed-out")).toBe("ended")
  expect(provider.provider.sessions.list()).toEqual([])

  const asked = passed.map(({ path }) => path.replace(/^\/realms\/[^/]+/, "").split("?")[0])
  expect(asked).toEqual(
    expect.arrayContaining([
      "/.well-known/openid-configuration",
      "/protocol/openid-connect/token",
      "/protocol/openid-connect/userinfo",
      "/protocol/openid-connect/certs",
      "/protocol/openid-connect/logout",
    ]),
  )
  const { host } = new URL(provider.issuer)
  expect(new Set(passed.map((request) => `${request.proto}://${request.host}`))).toEqual(
    new Set([`http://${host}`]),
  )
})
