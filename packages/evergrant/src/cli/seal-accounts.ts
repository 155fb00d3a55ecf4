/** `evergrant seal-accounts`: seals a table of linked accounts while the application runs, or opens it again. */
import process from "node:process"
import { isEvergrantError } from "../errors.ts"
import { createSealer, type Sealer } from "../store/seal.ts"
import { openAccounts } from "./seal-accounts/open-accounts.ts"
import { createProgress } from "./seal-accounts/progress.ts"
import { help, readArguments, type SealAccountsSettings } from "./seal-accounts/read-arguments.ts"
import { readSecrets } from "./seal-accounts/read-secrets.ts"
import { rewriteTable } from "./seal-accounts/rewrite-table.ts"
import { summarise } from "./seal-accounts/summary.ts"
import { UsageError } from "./usage-error.ts"

const signals = ["SIGINT", "SIGTERM"] as const
/** The exit status of what a signal ended. */
const interrupted = 130

/** Runs the command; the answer is its exit status. */
export async function sealAccounts(words: string[]): Promise<number> {
  const settings = readArguments(words)
  if (settings === "help") {
    console.log(help)
    return 0
  }
  const secrets = readSecrets(process.env)
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  for (const signal of signals) process.on(signal, onSignal)
  try {
    return await rewrite(settings, secrets, stop.signal)
  } catch (error) {
    // A table that is not there, or not as it must be, was named by whoever typed the command.
    throw isEvergrantError(error) && error.code === "option_invalid" ? new UsageError(error.message) : error
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

async function rewrite(
  settings: SealAccountsSettings,
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const sealerOf = (keys: readonly string[]): Sealer =>
    createSealer(keys, settings.namespace, (length) => crypto.getRandomValues(new Uint8Array(length)))
  const { writer, close } = await openAccounts(settings)
  try {
    const progress = createProgress(process.stderr, await writer.count())
    const tally = await rewriteTable(writer, {
      newest: sealerOf(secrets.slice(0, 1)),
      all: sealerOf(secrets),
      unseal: settings.unseal,
      dryRun: settings.dryRun,
      signal,
      onRows: progress.advance,
      onUnreadable: progress.report,
    })
    progress.finish()
    for (const line of summarise(tally, settings, signal.aborted)) console.log(line)
    if (signal.aborted) return interrupted
    return tally.unreadable > 0 ? 1 : 0
  } finally {
    await close()
  }
}
