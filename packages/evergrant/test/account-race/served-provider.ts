/** The provider that numbers its tokens, for other processes. */
import { createServer } from "node:http"
import { createNumberedProvider, type NumberedProvider } from "../providers/numbered-provider.ts"

export interface ServedProvider extends NumberedProvider {
  close(): Promise<void>
}

export async function serveNumberedProvider(): Promise<ServedProvider> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" && address ? address.port : 0
  const provider = createNumberedProvider(`http://127.0.0.1:${port}`)
  server.on("request", async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"))
    const answer = provider.answer(`${provider.issuer}${request.url}`, form)
    response.writeHead(answer.status, { "content-type": "application/json" })
    response.end(await answer.text())
  })
  return {
    ...provider,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
