import type { AccountKey } from "../../accounts/account-writer.ts"

/** What is used of `process.stderr`. */
export interface ProgressOutput {
  isTTY?: boolean
  write(text: string): unknown
}

/** Shows how far a run has come. */
export interface Progress {
  advance(rows: number): void
  report(row: AccountKey): void
  finish(): void
}

const barWidth = 30
/** So many unreadable rows are named; a wrong secret makes all of them unreadable. */
const namedRows = 10

/**
 * Draws a bar on a terminal, and writes a line per tenth of the way otherwise.
 *
 * @param total Rows at the start; more may be added meanwhile.
 */
export function createProgress(output: ProgressOutput, total: number): Progress {
  let done = 0
  let tenths = 0
  let reported = 0

  function draw(): void {
    const part = total === 0 ? 1 : Math.min(done / total, 1)
    if (output.isTTY) {
      const full = Math.round(part * barWidth)
      const bar = "#".repeat(full) + "-".repeat(barWidth - full)
      output.write(`\r[${bar}] ${Math.floor(part * 100)} % (${done} of ${total})`)
    } else if (Math.floor(part * 10) > tenths) {
      tenths = Math.floor(part * 10)
      output.write(`${done} of ${total} rows\n`)
    }
  }

  const newLine = output.isTTY ? "\n" : ""
  return {
    advance(rows) {
      done += rows
      draw()
    },
    report({ provider, providerAccountId }) {
      reported++
      if (reported > namedRows) return
      // As JSON: an account id is the provider's text, and no text may steer a terminal.
      output.write(`${newLine}unreadable: ${JSON.stringify([provider, providerAccountId])}\n`)
      if (reported === namedRows) output.write("unreadable: further ones are only counted\n")
    },
    finish() {
      if (output.isTTY && done > 0) output.write("\n")
    },
  }
}
