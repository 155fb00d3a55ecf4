import { expect, test } from "vitest"
import { createProgress, type ProgressOutput } from "../../../src/cli/seal-accounts/progress.ts"

function record(isTTY: boolean): ProgressOutput & { written: string[] } {
  const written: string[] = []
  return { isTTY, written, write: (text) => written.push(text) }
}

test("on a terminal one line is drawn again and again, and ended", () => {
  const output = record(true)
  const progress = createProgress(output, 30)
  progress.advance(10)
  progress.advance(20)
  progress.finish()
  expect(output.written).toEqual([
    `\r[${"#".repeat(10)}${"-".repeat(20)}] 33 % (10 of 30)`,
    `\r[${"#".repeat(30)}] 100 % (30 of 30)`,
    "\n",
  ])
})

test("elsewhere there is a plain line per tenth, however small the steps", () => {
  const output = record(false)
  const progress = createProgress(output, 1000)
  for (let row = 0; row < 1000; row++) progress.advance(1)
  progress.finish()
  expect(output.written.length).toBe(10)
  expect(output.written[0]).toBe("100 of 1000 rows\n")
})

test("rows that were added meanwhile do not make it more than whole", () => {
  const output = record(true)
  createProgress(output, 1).advance(5)
  createProgress(output, 0).advance(5)
  expect(output.written.every((line) => line.includes("100 %"))).toBe(true)
})

test("unreadable rows are named as JSON, so that they cannot steer the terminal, and not without end", () => {
  const output = record(false)
  const progress = createProgress(output, 99)
  for (let row = 0; row < 50; row++) progress.report({ provider: "keycloak", providerAccountId: "\u001b[2J" })
  expect(output.written.length).toBe(11)
  expect(output.written.join("")).not.toContain("\u001b")
  expect(output.written.at(-1)).toMatch(/only counted/)
})
