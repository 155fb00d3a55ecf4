import { fileURLToPath } from "node:url"
import type { NextConfig } from "next"

/** The library is a link out of this folder, so the bundler has to look at the whole workspace. */
const workspace = fileURLToPath(new URL("../..", import.meta.url))

const config: NextConfig = {
  outputFileTracingRoot: workspace,
  turbopack: { root: workspace },
  poweredByHeader: false,
  // `next dev` would write an AGENTS.md into the repository.
  agentRules: false,
}

export default config
