/** Counts what a run of vitest and a check say, in the one way that the last line of `npm test` reports it. */

/**
 * @typedef {object} Count
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} remarks What the numbers alone would not say.
 */

/**
 * The part of vitest's JSON report that is read.
 *
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {{ name: string, status: string, message?: string, assertionResults: { fullName: string, status: string }[] }[]} testResults
 */

/**
 * A skipped test is not a passed one: it is named, and it is a failure when everything is required.
 *
 * @param {Report | null} report `null` when vitest wrote none.
 * @param {number} status Vitest's exit status.
 * @param {boolean} requireAll
 * @returns {Count}
 */
export function countTests(report, status, requireAll) {
  if (report === null) return { passed: 0, failed: 1, remarks: ["vitest wrote no report"] }
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  const skipped = tests.filter((test) => test.status !== "passed" && test.status !== "failed")
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  )
  const passed = tests.filter((test) => test.status === "passed").length
  const remarks = [
    ...brokenFiles.map((file) => `failed as a whole: ${file.name}`),
    ...skipped.map((test) => `skipped: ${test.fullName}`),
  ]
  let failed = tests.filter((test) => test.status === "failed").length + brokenFiles.length
  if (requireAll) failed += skipped.length
  if (passed + failed + skipped.length === 0) {
    failed = 1
    remarks.push("no test ran")
  }
  if (status !== 0 && failed === 0) {
    failed = 1
    remarks.push(`vitest ended with ${status} though no test failed`)
  }
  return { passed, failed, remarks }
}

/**
 * @param {number} status
 * @returns {Count}
 */
export const countCheck = (status) => ({
  passed: status === 0 ? 1 : 0,
  failed: status === 0 ? 0 : 1,
  remarks: [],
})
