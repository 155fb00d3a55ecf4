import { describe, expect, it } from "vitest"
import { countCheck, countTests } from "../running/tally.mjs"

const file = (status: string, ...tests: string[]) => ({
  name: "a.test.ts",
  status,
  assertionResults: tests.map((one) => ({ fullName: `is ${one}`, status: one })),
})
const report = (...testResults: ReturnType<typeof file>[]) => ({
  numPassedTests: 0,
  numFailedTests: 0,
  testResults,
})

describe("counting a suite", () => {
  it("counts passed and failed tests", () => {
    const counted = countTests(report(file("failed", "passed", "passed", "failed")), 1, false)
    expect(counted).toEqual({ passed: 2, failed: 1, remarks: [] })
  })

  it("names a skipped test and fails it only when everything is required", () => {
    const skipping = report(file("passed", "passed", "skipped"))
    expect(countTests(skipping, 0, false)).toEqual({ passed: 1, failed: 0, remarks: ["skipped: is skipped"] })
    expect(countTests(skipping, 0, true)).toMatchObject({ passed: 1, failed: 1 })
  })

  it("treats a test that is yet to be written as skipped", () => {
    expect(countTests(report(file("passed", "passed", "todo")), 0, true).failed).toBe(1)
  })

  it("counts a file that could not be loaded", () => {
    expect(countTests(report(file("failed"), file("passed", "passed")), 1, false)).toEqual({
      passed: 1,
      failed: 1,
      remarks: ["failed as a whole: a.test.ts"],
    })
  })

  it("fails when nothing ran, when there is no report, and when vitest fails without a failed test", () => {
    expect(countTests(report(), 0, false).failed).toBe(1)
    expect(countTests(null, 1, false).failed).toBe(1)
    expect(countTests(report(file("passed", "passed")), 1, false)).toMatchObject({ passed: 1, failed: 1 })
  })
})

describe("counting a check", () => {
  it("is one", () => {
    expect(countCheck(0)).toMatchObject({ passed: 1, failed: 0 })
    expect(countCheck(2)).toMatchObject({ passed: 0, failed: 1 })
  })
})
