import { describe, expect, it } from "vitest"
import { checkPage, findPages } from "../check-docs.ts"
import { readMarkdown } from "../reading/markdown.ts"
import { makeTree, runCheck } from "./fixture-tree.ts"

const scripts = (...names: string[]) =>
  JSON.stringify({ scripts: Object.fromEntries(names.map((name) => [name, "true"])) })

const tree = (readme: string) =>
  makeTree({
    "README.md": readme,
    "docs/guide.md": "# The guide\n\n## Second `step`\n\n## Again\n\n## Again\n",
    "package.json": scripts("test", "demo", "test:unit"),
    "apps/demo/package.json": scripts("start"),
  })

const check = (readme: string): string[] => checkPage(tree(readme), "README.md")

describe("links", () => {
  it("may lead to files, folders, headings and other sites", () => {
    const readme = [
      "# Title",
      "[a](docs/guide.md) [b](./docs) [c](#title) [d](docs/guide.md#second-step) [e](docs/guide.md#again-1)",
      "[f](https://example.com/x.md) ![g](docs/guide.md 'x') <a href=\"docs/guide.md\">h</a>",
      "",
      "[i]: docs/guide.md",
    ].join("\n")
    expect(check(readme)).toEqual([])
  })

  it.each([
    ["[a](docs/gone.md)", "docs/gone.md does not exist"],
    ["![a](picture.png)", "picture.png does not exist"],
    ["[a](#nowhere)", "README.md has no heading for #nowhere"],
    ["[a](docs/guide.md#third)", "docs/guide.md has no heading for #third"],
    ["[a](../elsewhere.md)", "../elsewhere.md leaves the repository"],
    ["[a](/docs/guide.md)", "/docs/guide.md is absolute"],
    ["[a]: docs/gone.md", "docs/gone.md does not exist"],
    ['<img src="gone.png">', "gone.png does not exist"],
  ])("fail as %s", (text, complaint) => {
    expect(check(`# Title\n\n${text}\n`)).toEqual([`README.md:3: ${complaint}`])
  })

  it("are not looked for in code", () => {
    expect(check("`[a](gone.md)`\n\n```md\n[a](gone.md)\n# no heading\n```\n")).toEqual([])
  })
})

describe("commands", () => {
  it("may be scripts of the workspace and of its parts", () => {
    const readme =
      "`npm run demo -- --keycloak`, `npm test`, `npm run test:unit`. `npm start -w apps/demo`, `npm start -w demo`"
    expect(check(readme)).toEqual([])
    expect(check("`npm start -w examples/NAME` and `npm ci`")).toEqual([])
  })

  it.each([
    ["`npm run bench`", "npm run bench", "package.json has no script bench"],
    ["```sh\nnpm run bench\n```", "npm run bench", "package.json has no script bench"],
    [
      "`npm run build -w apps/demo`",
      "npm run build -w apps/demo",
      "apps/demo/package.json has no script build",
    ],
    ["`npm start -w examples/koa`", "npm start -w examples/koa", "there is no workspace examples/koa"],
  ])("fail as %s", (text, named, complaint) => {
    expect(check(text)).toEqual([expect.stringContaining(`"${named}": ${complaint}`)])
  })
})

describe("reading Markdown", () => {
  it("keeps fences inside fences", () => {
    const { fences } = readMarkdown("````md\n```ts\nx\n```\n````\n\n~~~ts\ny\n~~~\n")
    expect(fences.map(({ language, text }) => [language, text])).toEqual([
      ["md", "```ts\nx\n```"],
      ["ts", "y"],
    ])
  })
})

describe("the command", () => {
  it("reads the README and all of docs, and ends with 1 for a dead link", () => {
    const root = tree("# Title\n")
    expect(findPages(root)).toEqual(["README.md", "docs/guide.md"])
    expect(runCheck("check-docs", root).status).toBe(0)
    expect(runCheck("check-docs", tree("[a](gone.md)")).status).toBe(1)
  })
})
