import { createServer } from "node:net"

/** A port of the loopback interface that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  return listenBriefly(0)
}

/** Tells whether nobody listens on `port` of the loopback interface. */
export async function isPortFree(port: number): Promise<boolean> {
  return listenBriefly(port).then(
    () => true,
    () => false,
  )
}

function listenBriefly(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      const address = server.address()
      const taken = typeof address === "object" && address ? address.port : port
      server.close(() => resolve(taken))
    })
  })
}
