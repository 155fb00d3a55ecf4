/** Next's production server inside this process, with an end that loses nothing. */
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { SettingError } from "./setting-error.mjs"

/** Milliseconds that requests may take to finish when the server is to stop. */
const patienceMs = 5000

/**
 * Serves the build.
 *
 * @param {number} port
 */
export async function startServer(port) {
  const { default: next } = await import("next")
  const app = next({
    dev: false,
    dir: fileURLToPath(new URL("..", import.meta.url)),
    port,
    hostname: "localhost",
  })
  await app.prepare()
  const answer = app.getRequestHandler()
  const server = createServer((request, response) => void answer(request, response))
  await new Promise((resolve, reject) => {
    server.once("error", () => reject(new SettingError(`PORT ${port} is taken: set it to a free one.`)))
    server.listen(port, () => resolve(undefined))
  })
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      // A connection whose last answer is on its way now would be kept for a next request that never comes.
      const idle = setInterval(() => server.closeIdleConnections(), 50)
      const impatient = setTimeout(() => server.closeAllConnections(), patienceMs)
      await closed
      clearInterval(idle)
      clearTimeout(impatient)
      await app.close()
    },
  }
}
