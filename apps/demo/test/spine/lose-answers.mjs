/**
 * Loaded into the demo before anything else: a network that loses the answer to a refresh, each time that somebody has
 * made the file `LOSE_NEXT_ANSWER`. The provider has processed the request by then.
 */
import { rmSync } from "node:fs"

const usual = globalThis.fetch
const file = process.env.LOSE_NEXT_ANSWER ?? ""

globalThis.fetch = async (address, init) => {
  const answer = await usual(address, init)
  if (!String(init?.body).includes("grant_type=refresh_token") || !wasThere()) return answer
  await answer.arrayBuffer()
  throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) })
}

function wasThere() {
  try {
    rmSync(file)
    return true
  } catch {
    return false
  }
}
