/**
 * Hearing at once that something changed: one connection that does nothing but `LISTEN`. It is made again when it
 * breaks. Nothing depends on it but the delay: what it does not announce is found by looking now and then.
 */
import type { Seconds } from "../../clock.ts"
import type { PgClient } from "./pool.ts"

/** Between two attempts to connect: the first, and the longest. */
const firstPause: Seconds = 0.1
const longestPause: Seconds = 5

/** See {@link createAnnouncements}. */
export interface Announcements {
  start(): void
  stop(): void
}

/**
 * @param connect Makes an unconnected client; `undefined` where none can be made.
 * @param channel Needs no escaping.
 * @param announce Called for each announcement, and when announcements may have been missed. Must not throw.
 */
export function createAnnouncements(
  connect: () => PgClient | undefined,
  channel: string,
  announce: () => void,
): Announcements {
  let wanted = false
  let client: PgClient | undefined
  let timer: NodeJS.Timeout | undefined
  let pause = firstPause

  function drop(lost: PgClient): void {
    if (client !== lost) return
    client = undefined
    lost.end().catch(() => undefined)
    if (!wanted) return
    timer = setTimeout(open, pause * 1000).unref()
    pause = Math.min(pause * 2, longestPause)
  }

  async function listen(opened: PgClient): Promise<void> {
    await opened.connect()
    opened.unref?.()
    await opened.query({ text: `LISTEN ${channel}` })
    if (client !== opened) return
    pause = firstPause
    // Something may have changed before the server knew of us.
    announce()
  }

  function open(): void {
    const opened = connect()
    if (!opened) return
    client = opened
    opened.on("notification", announce)
    opened.on("error", () => drop(opened))
    opened.on("end", () => drop(opened))
    listen(opened).catch(() => drop(opened))
  }

  return {
    start() {
      if (wanted) return
      wanted = true
      pause = firstPause
      open()
    },
    stop() {
      wanted = false
      clearTimeout(timer)
      if (client) drop(client)
    },
  }
}
