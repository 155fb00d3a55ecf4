import { ConfigurationError } from "../../../errors.ts"
import { layoutVersion } from "../keys.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
redis.call("SETNX", keys.layout, arg.layout)
return redis.call("GET", keys.layout)
`)

/**
 * Notes the layout in an empty namespace, and accepts a namespace that has it.
 *
 * @throws {ConfigurationError} `option_invalid`: a newer version of Evergrant keeps its records there.
 */
export async function prepareLayout(view: RedisView, location: string): Promise<void> {
  const version = Number(await view.run(script, { layout: layoutVersion }))
  if (version > layoutVersion) {
    throw new ConfigurationError(
      "option_invalid",
      `The Redis store at ${location} was written by a newer Evergrant (layout ${version}, this one knows ${layoutVersion}): update evergrant.`,
    )
  }
}
