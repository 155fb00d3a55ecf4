/** The quick start of the README as files, and how much of it is new beside the stock Auth.js quick start. */
import { readMarkdown } from "./markdown.ts"
import { readSourceCode } from "./source-code.ts"

/** File name to content, without the comment that names it. */
export type SampleFiles = Map<string, string>

const fileComment = /^\/\/\s+(\S+\.[cm]?tsx?)\s*$/

/** Below the heading "Quick start", every `ts` or `tsx` block; its first line is a comment with the file's name. */
export function readQuickStart(readme: string): SampleFiles {
  const { headings, fences } = readMarkdown(readme)
  const start = headings.find((one) => /^quick[ -]?start$/i.test(one.text))
  if (!start) throw new Error('README.md has no heading "Quick start"')
  const end = headings.find((one) => one.line > start.line && one.level <= start.level)
  const within = fences.filter(
    ({ line, language }) =>
      /^tsx?$/.test(language) && line > start.line && line < (end?.line ?? Number.POSITIVE_INFINITY),
  )
  if (within.length === 0) throw new Error("the quick start of README.md has no ts block")
  const files: SampleFiles = new Map()
  for (const { text, line } of within) {
    const [first = "", ...rest] = text.split("\n")
    const name = fileComment.exec(first)?.[1]
    if (name === undefined) {
      throw new Error(`README.md:${line}: the block's first line must name its file, as "// auth.ts"`)
    }
    if (name.startsWith("/") || name.split("/").includes("..")) {
      throw new Error(`README.md:${line}: ${name} lies outside the application`)
    }
    files.set(name, [files.get(name), rest.join("\n")].filter((part) => part !== undefined).join("\n"))
  }
  return files
}

/** Reads the stock quick start: files one after the other, each below a comment with its name. */
export function readStock(text: string): SampleFiles {
  const files: SampleFiles = new Map()
  let name: string | undefined
  for (const line of text.split("\n")) {
    const next = fileComment.exec(line)?.[1]
    if (next !== undefined) {
      name = next
      files.set(next, "")
    } else if (name !== undefined) files.set(name, `${files.get(name)}${line}\n`)
  }
  return files
}

/** The lines that an adopter changes or adds: not blank, not an import, and not in the stock file of that name. */
export function linesToWrite(sample: SampleFiles, stock: SampleFiles): string[] {
  return [...sample].flatMap(([name, text]) => {
    const before = countedLines(name, stock.get(name) ?? "")
    return missingFrom(before, countedLines(name, text)).map((line) => `${name}: ${line}`)
  })
}

function countedLines(name: string, text: string): string[] {
  const { importLines } = readSourceCode(name, text)
  return text
    .split("\n")
    .filter((_, index) => !importLines.has(index + 1))
    .map((line) => line.trim().replace(/\s+/g, " "))
    .filter((line) => line !== "")
}

/** The lines of `after` that a shortest edit from `before` would add. */
function missingFrom(before: string[], after: string[]): string[] {
  // longest[i][j]: how many lines before[i…] and after[j…] have in common, in order
  const longest = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = longest[i]
      if (row) row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const added: string[] = []
  let i = 0
  for (let j = 0; j < after.length; ) {
    if (i < before.length && before[i] === after[j]) {
      i++
      j++
    } else if (i < before.length && at(i + 1, j) >= at(i, j + 1)) i++
    else added.push(after[j++] ?? "")
  }
  return added
}
