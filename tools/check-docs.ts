/**
 * Fails when README.md, ARCHITECTURE.md, a page under docs/ or an example's README links to a file or heading that is not there, or names
 * an npm command that no package.json has. Prose goes stale silently; this makes it loud.
 */
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, join, posix } from "node:path"
import { type Markdown, readMarkdown } from "./reading/markdown.ts"
import { filesBelow } from "./reading/source-files.ts"

/** The pages that are checked, in a workspace. */
export function findPages(root: string): string[] {
  const top = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "packages/evergrant/README.md",
  ]
  const pages = filesBelow(root, "docs", (name) => name.endsWith(".md"))
  const examples = filesBelow(root, "examples", (name) => name === "README.md")
  return [...top.filter((page) => existsSync(join(root, page))), ...pages, ...examples]
}

/** One line for each link and each command of `page` that leads nowhere. */
export function checkPage(root: string, page: string): string[] {
  const text = readFileSync(join(root, page), "utf8")
  return [...checkLinks(root, page, readMarkdown(text)), ...checkCommands(root, page, text)]
}

function checkLinks(root: string, page: string, { links }: Markdown): string[] {
  return links.flatMap(({ target, line }) => {
    if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) return []
    const [path = "", anchor] = target.split("#")
    const file = path === "" ? page : posix.normalize(posix.join(dirname(page), decodeURIComponent(path)))
    if (path.startsWith("/")) return [`${page}:${line}: ${target} is absolute`]
    if (file.startsWith("..")) return [`${page}:${line}: ${target} leaves the repository`]
    if (!existsSync(join(root, file))) return [`${page}:${line}: ${target} does not exist`]
    if (anchor === undefined || !file.endsWith(".md") || statSync(join(root, file)).isDirectory()) return []
    const anchors = readMarkdown(readFileSync(join(root, file), "utf8")).headings.map((one) => one.anchor)
    return anchors.includes(anchor) ? [] : [`${page}:${line}: ${file} has no heading for #${anchor}`]
  })
}

/** `npm test` and `npm start` are scripts too, though nobody writes `run`. */
const command = /\bnpm (?:run(?:-script)? ((?!-)[\w:.-]*\w)|(test|start)\b)([^\n`|]*)/g

function checkCommands(root: string, page: string, text: string): string[] {
  return text.split("\n").flatMap((content, index) =>
    [...content.matchAll(command)].flatMap(([whole, named, short, rest = ""]) => {
      const script = named ?? short ?? ""
      const workspace = /(?:^|\s)(?:-w|--workspace)[ =]([\w@./-]+)/.exec(rest)?.[1]
      if (workspace !== undefined && /NAME|\.\.\./.test(workspace)) return []
      const missing = missingScript(root, workspace, script)
      return missing === null ? [] : [`${page}:${index + 1}: "${whole.trim()}": ${missing}`]
    }),
  )
}

/** npm takes a workspace by its folder or by its name; here the two differ by the parent folder only. */
function missingScript(root: string, workspace: string | undefined, script: string): string | null {
  const folders =
    workspace === undefined
      ? ["."]
      : ["", "packages", "apps", "examples"].map((parent) => join(parent, workspace))
  const folder = folders.find((one) => existsSync(join(root, one, "package.json")))
  if (folder === undefined) return `there is no workspace ${workspace}`
  const path = join(folder, "package.json")
  const manifest: { scripts?: { [name: string]: string } } = JSON.parse(
    readFileSync(join(root, path), "utf8"),
  )
  return manifest.scripts?.[script] === undefined ? `${path} has no script ${script}` : null
}

function main(): void {
  const root = process.argv[2] ?? join(import.meta.dirname, "..")
  const pages = findPages(root)
  const offences = pages.flatMap((page) => checkPage(root, page))
  for (const offence of offences) console.log(offence)
  console.log(`${pages.length} pages, ${offences.length} dead links and commands`)
  if (offences.length > 0) process.exitCode = 1
}

if (import.meta.main) main()
