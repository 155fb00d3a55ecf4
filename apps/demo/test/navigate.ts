/** Goes to a page as a window does. `fetch` cannot: it says of itself that it is a script. */
import { type IncomingMessage, request } from "node:http"
import type { Browser } from "./browser.ts"

const page = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }
const longestWalk = 8

/** Follows redirects as long as they stay in the application. Returns where it stopped. */
export async function navigate(browser: Browser, path: string): Promise<{ url: string; html: string }> {
  let url = new URL(path, browser.app)
  for (let step = 0; step < longestWalk; step += 1) {
    const { answer, html } = await get(browser, url)
    const { location } = answer.headers
    if (location === undefined) return { url: url.href, html }
    url = new URL(location, url)
    if (url.origin !== new URL(browser.app).origin) return { url: url.href, html: "" }
  }
  throw new Error(`The application redirects in circles at ${url.href}.`)
}

async function get({ jar }: Browser, url: URL): Promise<{ answer: IncomingMessage; html: string }> {
  const cookie = jar.header(url.href)
  const headers = { ...page, ...(cookie ? { cookie } : {}) }
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers, agent: false }, resolve).once("error", reject).end()
  })
  jar.store(url.href, answer.headers["set-cookie"] ?? [])
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return { answer, html: Buffer.concat(chunks).toString("utf8") }
}
