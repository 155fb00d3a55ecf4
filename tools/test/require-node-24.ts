/**
 * An install without scripts leaves the workspace without its own Node, and the machine's older one would run the
 * suites without a word. This is the word.
 */
import process from "node:process"

if (!process.versions.node.startsWith("24.")) {
  throw new Error(`the suites run on Node 24, this is ${process.versions.node}: start them with npm test`)
}
