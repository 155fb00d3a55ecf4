/**
 * Which rows of the fault catalogue a test file shows, and on which stores, read from its syntax tree.
 *
 * A test shows the rows that its title, or that of a `describe` around it, begins with: `"A9 recovers …"`,
 * `"A9 A10 …"`. Tables (`it.each(…)("A9 …")`) count alike; what is skipped, still to do or expected to fail does not.
 * Inside `describeEachStore(…)` a test runs on every store except those that its options name under `without`. A
 * title that ends in `[sqlite redis]` names the stores itself. Any other test says nothing of stores.
 */
import { type CallExpression, type Expression, parseSync, Visitor } from "oxc-parser"

/** One test that shows one row. */
export interface ShownRow {
  row: string
  title: string
  line: number
  /** Empty: the test does not say on which store it runs. */
  stores: string[]
}

/** A call that declares tests or groups them. */
interface Declaration {
  name: string
  modifiers: string[]
  title: string
  call: CallExpression
}

interface Context {
  rows: string[]
  stores: string[]
  skipped: boolean
}

const declares = /^(it|test|describe)([A-Z]\w*)?$/
const notRun = new Set(["skip", "todo", "fails"])
const eachStore = "describeEachStore"

/** Reads one test file. Throws with the parser's own words when it is not valid. */
export function readFaultTests(path: string, text: string, allStores: readonly string[]): ShownRow[] {
  const parsed = parseSync(path, text, { sourceType: "module" })
  const failure = parsed.errors.find((error) => error.severity === "Error")
  if (failure) throw new Error(`${path}: ${failure.message}`)

  const shown: ShownRow[] = []
  const around: { call: CallExpression; context: Context }[] = []
  const outermost: Context = { rows: [], stores: [], skipped: false }

  new Visitor({
    CallExpression(call) {
      const declaration = readDeclaration(call)
      if (!declaration) return
      const context = within(around.at(-1)?.context ?? outermost, declaration, allStores)
      around.push({ call, context })
      if (declaration.name.startsWith("describe") || context.skipped) return
      const line = text.slice(0, call.start).split("\n").length
      for (const row of context.rows)
        shown.push({ row, title: declaration.title, line, stores: context.stores })
    },
    "CallExpression:exit"(call) {
      if (around.at(-1)?.call === call) around.pop()
    },
  }).visit(parsed.program)
  return shown
}

/** The rows that a title begins with. */
export function rowsOf(title: string): string[] {
  const words = title.split(/[\s,:]+/)
  const end = words.findIndex((word) => !/^[A-D]\d{1,2}$/.test(word))
  return words.slice(0, end < 0 ? words.length : end)
}

function within(outer: Context, declaration: Declaration, allStores: readonly string[]): Context {
  const { name, modifiers, title, call } = declaration
  const named = /\[([a-z, ]+)\]$/.exec(title)?.[1]?.split(/[, ]+/)
  const ownStores =
    name === eachStore ? allStores.filter((store) => !storesLeftOut(call).includes(store)) : named
  return {
    rows: [...new Set([...outer.rows, ...rowsOf(title)])],
    stores: ownStores ?? outer.stores,
    skipped: outer.skipped || modifiers.some((modifier) => notRun.has(modifier)),
  }
}

function readDeclaration(call: CallExpression): Declaration | undefined {
  const first = call.arguments[0]
  const title = first && textOf(first)
  if (title === undefined) return undefined
  const modifiers: string[] = []
  let callee: Expression = call.callee
  for (;;) {
    if (callee.type === "CallExpression") callee = callee.callee
    else if (callee.type === "TaggedTemplateExpression") callee = callee.tag
    else if (callee.type === "MemberExpression" && callee.property.type === "Identifier") {
      modifiers.push(callee.property.name)
      callee = callee.object
    } else break
  }
  if (callee.type !== "Identifier" || !declares.test(callee.name)) return undefined
  return { name: callee.name, modifiers, title, call }
}

/** The words of a title; of a template the part before its first value, which is where rows stand. */
function textOf(node: { type: string }): string | undefined {
  const literal = node as { value?: unknown; quasis?: { value: { cooked: string | null } }[] }
  if (node.type === "Literal") return typeof literal.value === "string" ? literal.value : undefined
  if (node.type === "TemplateLiteral") return literal.quasis?.[0]?.value.cooked ?? ""
  return undefined
}

/** The keys of `without` in the options of `describeEachStore`. */
function storesLeftOut(call: CallExpression): string[] {
  return call.arguments.flatMap((argument) => {
    const left = memberOf(argument, "without")
    if (left && left.type !== "ObjectExpression")
      throw new Error("`without` must be written out at the suite.")
    return keysOf(left)
  })
}

interface Node {
  type: string
}

function propertiesOf(node: Node | undefined): { name: string; value: Node }[] {
  if (node?.type !== "ObjectExpression") return []
  const { properties } = node as Node & { properties: (Node & { key?: Node; value?: Node })[] }
  return properties.flatMap(({ key, value }) => {
    const name = key && ((key as { name?: string }).name ?? (key as { value?: string }).value)
    return name !== undefined && value ? [{ name, value }] : []
  })
}

const memberOf = (node: Node, name: string): Node | undefined =>
  propertiesOf(node).find((property) => property.name === name)?.value

const keysOf = (node: Node | undefined): string[] => propertiesOf(node).map(({ name }) => name)
