/** A TCP proxy that can lose an answer: the request arrives, and the connection breaks before its answer does. */
import { once } from "node:events"
import { connect, createServer } from "node:net"

/** See {@link startCuttingProxy}. */
export interface CuttingProxy {
  readonly port: number
  /** Breaks the connection over which the next request with this text in it comes, instead of its answer. */
  loseAnswerTo(text: string): void
  /** How often requests with the text of {@link loseAnswerTo} arrived. */
  arrivals(): number
  close(): Promise<void>
}

/** Starts a proxy to a port of this machine. */
export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  let wanted: string | undefined
  let armed = false
  let arrivals = 0
  const sockets = new Set<{ destroy(): unknown }>()
  const server = createServer((inner) => {
    const outer = connect(target, "127.0.0.1")
    let losing = false
    for (const socket of [inner, outer]) {
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        sockets.delete(socket)
        inner.destroy()
        outer.destroy()
      })
    }
    inner.on("data", (chunk) => {
      if (wanted !== undefined && chunk.includes(wanted)) {
        arrivals++
        losing = armed
        armed = false
      }
      outer.write(chunk)
    })
    outer.on("data", (chunk) => {
      if (losing) inner.destroy()
      else inner.write(chunk)
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the system gave no port")
  return {
    port: address.port,
    loseAnswerTo(text) {
      wanted = text
      armed = true
      arrivals = 0
    },
    arrivals: () => arrivals,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}
