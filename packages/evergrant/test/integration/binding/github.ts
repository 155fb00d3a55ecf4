/** A provider like GitHub: OAuth 2 without OpenID, and without refresh tokens. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { NextAuthConfig } from "next-auth"

export interface Github {
  provider: NextAuthConfig["providers"][number]
  /** How often the token endpoint was asked. */
  exchanges(): number
  close(): Promise<void>
}

export async function createGithub(): Promise<Github> {
  let exchanges = 0
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost")
    const json = (body: unknown) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body))
    }
    if (url.pathname === "/authorize") {
      const back = new URL(url.searchParams.get("redirect_uri") ?? "")
      back.searchParams.set("code", "a-code")
      const state = url.searchParams.get("state")
      if (state) back.searchParams.set("state", state)
      response.writeHead(302, { location: back.href }).end()
    } else if (url.pathname === "/token") {
      exchanges += 1
      json({ access_token: "gho_canary-of-the-access-token", token_type: "bearer", scope: "read:user" })
    } else if (url.pathname === "/user") {
      json({ id: 4711, login: "octo", name: "Octo Cat", email: "octo@example.test", avatar_url: "/octo.png" })
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    provider: {
      id: "github",
      name: "GitHub",
      type: "oauth",
      clientId: "client",
      clientSecret: "secret-of-the-client",
      authorization: { url: `${origin}/authorize`, params: { scope: "read:user" } },
      token: `${origin}/token`,
      userinfo: `${origin}/user`,
      profile: ({ id, name, email, avatar_url }: Record<string, unknown>) => ({
        id: String(id),
        name: String(name),
        email: String(email),
        image: String(avatar_url),
      }),
    },
    exchanges: () => exchanges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
