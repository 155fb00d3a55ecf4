#!/usr/bin/env node
/** `npx evergrant COMMAND`: exits with 0 when all went well, 1 when something could not be done, 2 for a wrong call. */
import process from "node:process"
import { sealAccounts } from "./seal-accounts.ts"
import { UsageError } from "./usage-error.ts"

const commands = new Map([["seal-accounts", sealAccounts]])

const help = `Usage: npx evergrant COMMAND [OPTIONS]

Commands:
  seal-accounts   seals the tokens that an account table holds in plain, or under an older key

npx evergrant COMMAND --help tells more.`

async function run([name, ...words]: string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(help)
    return name === undefined ? 2 : 0
  }
  const command = commands.get(name)
  if (!command) throw new UsageError(`There is no command ${JSON.stringify(name)}: see npx evergrant --help.`)
  return command(words)
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = error instanceof UsageError ? 2 : 1
}
