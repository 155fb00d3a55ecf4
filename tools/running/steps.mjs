/** The steps of `npm test`, in order. A check is an npm script of the same name, so that each exists once. */
import { demoBuild, examplesBuild, packageBuild } from "./build-state.mjs"

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} [script] A check: a script of the root package.json.
 * @property {import("./build-state.mjs").Build & { workspace: string, outputFolder: string }} [build]
 * @property {{ project: string, folders: string[] }} [tests] A vitest project and where its tests are.
 * @property {string[]} [needs] Builds that it reads.
 */

/** @param {string} folder */
const ofLibrary = (folder) => `packages/evergrant/test/${folder}`

/** @type {Step[]} */
const steps = [
  {
    name: "build",
    build: { ...packageBuild, workspace: "packages/evergrant", outputFolder: "packages/evergrant/dist" },
  },
  { name: "layers", script: "layers" },
  { name: "shape", script: "shape" },
  { name: "fault-rows", script: "faults" },
  { name: "lint", script: "lint" },
  { name: "types", script: "types", needs: ["build"] },
  { name: "knip", script: "knip", needs: ["build"] },
  { name: "publint", script: "publint", needs: ["build"] },
  { name: "quick-start", script: "quick-start", needs: ["build"] },
  { name: "docs", script: "docs" },
  { name: "unit", tests: { project: "unit", folders: [ofLibrary("unit")] } },
  { name: "faults", tests: { project: "faults", folders: ["faults", "regression"].map(ofLibrary) } },
  { name: "contract", tests: { project: "contract", folders: [ofLibrary("contract")] } },
  { name: "integration", tests: { project: "integration", folders: [ofLibrary("integration")] } },
  { name: "simulation", tests: { project: "simulation", folders: [ofLibrary("simulation")] } },
  { name: "type-tests", tests: { project: "types", folders: [ofLibrary("types")] } },
  { name: "tools", tests: { project: "tools", folders: ["tools/test"] } },
  {
    name: "demo-build",
    build: { ...demoBuild, workspace: "apps/demo", outputFolder: "apps/demo/.next" },
    needs: ["build"],
  },
  {
    name: "examples-build",
    build: {
      ...examplesBuild,
      workspace: "examples/linked-accounts-prisma",
      outputFolder: "examples/linked-accounts-prisma/.next",
    },
    needs: ["build"],
  },
  {
    name: "examples",
    tests: { project: "examples", folders: ["examples/linked-accounts-prisma/test"] },
    needs: ["build", "examples-build"],
  },
  { name: "demo", tests: { project: "demo", folders: ["apps/demo/test"] }, needs: ["build", "demo-build"] },
]

/**
 * The steps to run for these names: all of them for none, and first what a named one needs.
 *
 * @param {string[]} names
 * @returns {{ step: Step, onlyIfStale: boolean }[]}
 */
export function selectSteps(names) {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    throw new Error(
      `no step is called ${unknown.join(", ")}; there are: ${steps.map((step) => step.name).join(", ")}`,
    )
  }
  if (names.length === 0) return steps.map((step) => ({ step, onlyIfStale: false }))
  const needed = new Set(
    steps.filter((step) => names.includes(step.name)).flatMap((step) => step.needs ?? []),
  )
  return steps
    .filter((step) => names.includes(step.name) || needed.has(step.name))
    .map((step) => ({ step, onlyIfStale: !names.includes(step.name) }))
}
