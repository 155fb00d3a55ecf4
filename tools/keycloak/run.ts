import { spawn } from "node:child_process"

/** How a program ended, and all it printed. */
export interface Outcome {
  readonly succeeded: boolean
  readonly output: string
}

/** Runs a program to its end without a shell. A program that cannot be started counts as failed. */
export function run(
  program: string,
  programArguments: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, programArguments, { env: environment, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on("data", collect)
    child.stderr.on("data", collect)
    child.on("error", (error) => resolve({ succeeded: false, output: error.message }))
    child.on("close", (code) => resolve({ succeeded: code === 0, output }))
  })
}

/** The last lines of a long output, for an error message. */
export function lastLines(output: string, count = 15): string {
  return output.trimEnd().split("\n").slice(-count).join("\n")
}
