/**
 * What the checks want to know of one source file, read from its syntax tree. A regular expression would miss
 * `import("./x.ts").Type` and would find `any` in prose.
 */
import { type Comment, parseSync, Visitor } from "oxc-parser"

/** One place where a file names another file or a package: static or not, for values or for types. */
export interface ImportSite {
  /** `null` when it is not a literal and can therefore not be checked. */
  specifier: string | null
  line: number
}

/** A comment that switches a check off. */
export interface Suppression {
  directive: string
  reason: string
  line: number
}

/** A source file, parsed. */
export interface SourceCode {
  imports: ImportSite[]
  /** Lines on which the type `any` is written. */
  anyLines: number[]
  suppressions: Suppression[]
  /** Lines that belong to import declarations. */
  importLines: Set<number>
}

/** Parses one file. Throws with the parser's own words when it is not valid. */
export function readSourceCode(path: string, text: string): SourceCode {
  const parsed = parseSync(path, text, { sourceType: "module" })
  const failure = parsed.errors.find((error) => error.severity === "Error")
  if (failure) throw new Error(`${path}: ${failure.message}`)

  const lineOf = lineCounter(text)
  const code: SourceCode = { imports: [], anyLines: [], suppressions: [], importLines: new Set() }
  const note = (specifier: string | null, start: number): void => {
    code.imports.push({ specifier, line: lineOf(start) })
  }

  new Visitor({
    ImportDeclaration(node) {
      note(node.source.value, node.start)
      for (let line = lineOf(node.start); line <= lineOf(node.end); line++) code.importLines.add(line)
    },
    ExportNamedDeclaration(node) {
      if (node.source) note(node.source.value, node.start)
    },
    ExportAllDeclaration(node) {
      note(node.source.value, node.start)
    },
    ImportExpression(node) {
      note(literalOf(node.source), node.start)
    },
    CallExpression(node) {
      // `require` and `process.getBuiltinModule` reach a module without an import, so they count as one.
      const { callee } = node
      const reaches =
        (callee.type === "Identifier" && callee.name === "require") ||
        (callee.type === "MemberExpression" &&
          callee.property.type === "Identifier" &&
          callee.property.name === "getBuiltinModule")
      const [first] = node.arguments
      if (reaches && first) note(literalOf(first), node.start)
    },
    TSImportType(node) {
      note(node.source.value, node.start)
    },
    TSImportEqualsDeclaration(node) {
      const { moduleReference } = node
      if (moduleReference.type === "TSExternalModuleReference")
        note(moduleReference.expression.value, node.start)
    },
    TSModuleDeclaration(node) {
      if (node.id.type === "Literal") note(node.id.value, node.start)
    },
    TSAnyKeyword(node) {
      code.anyLines.push(lineOf(node.start))
    },
  }).visit(parsed.program)

  code.suppressions = parsed.comments.flatMap((comment) => suppressionsIn(comment, lineOf))
  code.imports.sort((a, b) => a.line - b.line)
  return code
}

function literalOf(node: { type: string; value?: unknown }): string | null {
  return node.type === "Literal" && typeof node.value === "string" ? node.value : null
}

const directives = /^[\s*/]*(@ts-ignore|@ts-expect-error|@ts-nocheck|biome-ignore(?:-all|-start)?)\b(.*)$/

function suppressionsIn(comment: Comment, lineOf: (offset: number) => number): Suppression[] {
  const first = lineOf(comment.start)
  return comment.value.split("\n").flatMap((text, index) => {
    const match = directives.exec(text)
    if (!match?.[1]) return []
    const rest = (match[2] ?? "").trim()
    // biome writes `biome-ignore lint/rule: reason`; the rule's name is no reason.
    const reason = match[1].startsWith("biome") ? rest.slice(rest.indexOf(":") + 1 || rest.length) : rest
    return [{ directive: match[1], reason: reason.replace(/^[\s:–-]+/, "").trim(), line: first + index }]
  })
}

function lineCounter(text: string): (offset: number) => number {
  const starts = [0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }
}
