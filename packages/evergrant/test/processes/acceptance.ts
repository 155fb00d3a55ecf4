/** What the acceptance commands have in common: options, rows of figures, and the exit code. */
import process from "node:process"
import { parseArgs } from "node:util"
import { type StoreKind, storeKinds } from "./store-place.ts"

/** One row: what was measured, and what is not as it should be. */
export interface Row {
  name: string
  figures: string
  offences: readonly string[]
}

/** Numbers by name, each with its default. Each is an option of the command, as `--repetitions 20`. */
export type NumberOptions = Readonly<Record<string, number>>

export interface AcceptanceOptions<Numbers extends NumberOptions> {
  numbers: { [Name in keyof Numbers]: number }
  /** `--stores sqlite,redis`. Default: all that the command is about. */
  stores: readonly StoreKind[]
  /** `--keycloak`. */
  keycloak: boolean
}

export function readOptions<Numbers extends NumberOptions>(
  defaults: Numbers,
  stores: readonly StoreKind[] = storeKinds,
): AcceptanceOptions<Numbers> {
  const names = Object.keys(defaults)
  const { values } = parseArgs({
    options: {
      stores: { type: "string", default: stores.join(",") },
      keycloak: { type: "boolean", default: false },
      ...Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
    },
  })
  const given = values as Record<string, string | boolean | undefined>
  const numbers = Object.fromEntries(names.map((name) => [name, Number(given[name] ?? defaults[name])]))
  const wanted = String(given.stores).split(",")
  const unknown = wanted.find((kind) => !stores.some((one) => one === kind))
  if (unknown !== undefined) throw new Error(`--stores takes ${stores.join(", ")}, and not "${unknown}"`)
  return {
    numbers: numbers as { [Name in keyof Numbers]: number },
    stores: wanted as StoreKind[],
    keycloak: given.keycloak === true,
  }
}

/** Prints each row as soon as it is there, and ends the process: with 1 if anything is not as it should be. */
export async function reportRows(rows: AsyncIterable<Row>): Promise<never> {
  let succeeded = true
  try {
    for await (const { name, figures, offences } of rows) {
      console.log(`${name}: ${figures}; ${offences.length} offences`)
      for (const offence of offences.slice(0, 20)) console.log(`  ${offence}`)
      if (offences.length > 0) succeeded = false
    }
  } catch (error) {
    console.error(error)
    succeeded = false
  }
  process.exit(succeeded ? 0 : 1)
}

/** The middle, the 99th of a hundred and the largest, as text. Milliseconds. */
export function describeTimes(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
