/** A reverse proxy in front of a provider that can lose the answer to a refresh, as a network does. */
import {
  request as ask,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http"
import type { AddressInfo } from "node:net"
import type { TestProvider } from "../../../../packages/evergrant/test/providers/test-provider.ts"

export interface LossyProvider {
  /** The provider, by the address of the proxy. */
  provider: TestProvider
  /** Lets the provider process the next refresh, and loses what it says. */
  loseNext(): void
  /** Ends the proxy; the provider is its maker's. */
  close(): Promise<void>
}

/** Puts a proxy before a provider that takes its own name from the `Host` of a request, as Keycloak in development does. */
export async function createLossyProvider(provider: TestProvider): Promise<LossyProvider> {
  let losing = false
  const target = new URL(provider.issuer)
  const server: Server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request)
    const answer = await forward(target, request, body)
    const content = await readAll(answer)
    if (losing && body.includes("grant_type=refresh_token")) {
      losing = false
      request.socket.destroy()
      return
    }
    const { "transfer-encoding": _, ...headers } = answer.headers
    response.writeHead(answer.statusCode ?? 502, headers).end(content)
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const issuer = `http://localhost:${port}${target.pathname}`
  return {
    provider: { ...provider, issuer },
    loseNext() {
      losing = true
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function forward(
  target: URL,
  { url, method, headers }: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = target
    const sent = ask({ hostname, port, path: url, method, headers, agent: false }, resolve)
    sent.once("error", reject).end(body)
  })
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
