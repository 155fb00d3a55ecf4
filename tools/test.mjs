/**
 * `npm test`: every check and every suite, from a fresh clone on. `npm test -- NAME...` runs the named steps only;
 * `npm test -- --require-all` fails for what the machine lacks. The last line is `N passed, N failed` and no more.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { underWorkspaceNode, workspace } from "./ensure-install.mjs"
import { building, isUpToDate } from "./running/build-state.mjs"
import { runAndCollect } from "./running/child-process.mjs"
import { lookForPrerequisites } from "./running/prerequisites.mjs"
import { selectSteps } from "./running/steps.mjs"
import { countCheck, countTests } from "./running/tally.mjs"

/** @typedef {import("./running/tally.mjs").Count & { output: string }} Result */

/**
 * @param {string} line
 * @returns {Promise<{ status: number, output: string }>}
 */
const execute = (line) => runAndCollect(line, { cwd: workspace, env: process.env })

/**
 * @param {import("./running/steps.mjs").Step} step
 * @param {boolean} requireAll
 * @returns {Promise<Result>}
 */
async function runStep({ name, script, build, tests }, requireAll) {
  if (tests) return await runTests(tests, requireAll)
  if (build) {
    let output = ""
    const succeeded = await building(workspace, build, async () => {
      // A file without a source any more would go on being imported, and published.
      rmSync(join(workspace, build.outputFolder), { recursive: true, force: true })
      const answer = await execute(`npm run build -w ${build.workspace}`)
      output = answer.output
      return answer.status === 0
    })
    return { ...countCheck(succeeded ? 0 : 1), output }
  }
  const scripts = JSON.parse(readFileSync(join(workspace, "package.json"), "utf8")).scripts
  const { status, output } = await execute(scripts[script ?? name])
  return { ...countCheck(status), output }
}

/**
 * @param {{ project: string, folders: string[] }} tests
 * @param {boolean} requireAll
 * @returns {Promise<Result>}
 */
async function runTests({ project, folders }, requireAll) {
  if (!folders.some(hasTests)) {
    const remarks = [`there is no test in ${folders.join(", ")}`]
    return { passed: 0, failed: requireAll ? 1 : 0, remarks, output: "" }
  }
  const scratch = mkdtempSync(join(tmpdir(), "evergrant-test-"))
  try {
    const file = join(scratch, "report.json")
    const { status, output } = await execute(
      `vitest run --project ${project} --allowOnly=false --reporter=default --reporter=json --outputFile.json=${file}`,
    )
    const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null
    return { ...countTests(report, status, requireAll), output }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** @param {string} folder */
function hasTests(folder) {
  const path = join(workspace, folder)
  return (
    existsSync(path) &&
    readdirSync(path, { recursive: true }).some((name) => /\.test(-d)?\.ts$/.test(String(name)))
  )
}

/**
 * @param {string} name
 * @param {Result} result
 * @param {number} seconds
 */
function print(name, { passed, failed, remarks, output }, seconds) {
  const word = failed > 0 ? "FAILED" : passed > 0 ? "ok" : "absent"
  const tests = passed + failed > 1 ? `${passed} passed${failed > 0 ? `, ${failed} failed` : ""}` : ""
  console.log(`${word.padEnd(7)} ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s  ${tests}`.trimEnd())
  if (failed > 0) console.log(output.trimEnd().replace(/^/gm, "    "))
  for (const remark of remarks) console.log(`          ${remark}`)
}

async function main() {
  const words = process.argv.slice(2)
  const requireAll = words.includes("--require-all") || process.env.EVERGRANT_REQUIRE_ALL === "1"
  const selected = selectSteps(words.filter((word) => word !== "--require-all"))
  if (requireAll) process.env.EVERGRANT_REQUIRE_ALL = "1"
  // What is kept and printed later has no terminal to colour, and a test run is nobody's statistics.
  delete process.env.FORCE_COLOR
  process.env.NO_COLOR = "1"
  process.env.NEXT_TELEMETRY_DISABLED = "1"

  let interrupted = false
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => (interrupted = true))

  let passed = 0
  let failed = 0
  const names = selected.map(({ step }) => step.name)
  for (const lack of await lookForPrerequisites(names, requireAll)) {
    console.log(`${requireAll ? "MISSING" : "skipped"} ${lack}`)
    if (requireAll) failed++
  }
  for (const { step, onlyIfStale } of selected) {
    if (onlyIfStale && step.build && isUpToDate(workspace, step.build)) continue
    const begun = performance.now()
    const result = await runStep(step, requireAll)
    if (interrupted) break
    print(step.name, result, (performance.now() - begun) / 1000)
    passed += result.passed
    failed += result.failed
  }
  if (interrupted) console.log("interrupted")
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(interrupted ? 130 : failed > 0 || passed === 0 ? 1 : 0)
}

await underWorkspaceNode(fileURLToPath(import.meta.url))
try {
  await main()
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
  console.log("0 passed, 1 failed")
  process.exit(1)
}
