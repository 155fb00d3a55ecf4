import { setTimeout as delay } from "node:timers/promises"

/** A cold start on a busy machine of two cores has taken 45 seconds. */
const limitMs = 180_000
const pauseMs = 100

/** Asks the server on `port` until it answers (true), has ended (false) or three minutes are over (false). */
export async function waitUntilReady(port: number, isRunning: () => boolean): Promise<boolean> {
  const discovery = `http://127.0.0.1:${port}/realms/master/.well-known/openid-configuration`
  const giveUpAt = Date.now() + limitMs
  while (isRunning() && Date.now() < giveUpAt) {
    if (await answers(discovery)) return isRunning()
    await delay(pauseMs)
  }
  return false
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
