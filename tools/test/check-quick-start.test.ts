import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { measure, typeCheck } from "../check-quick-start.ts"
import { linesToWrite, readQuickStart, readStock } from "../reading/quick-start.ts"
import { makeTree } from "./fixture-tree.ts"

const workspace = join(import.meta.dirname, "../..")
const stock = readStock(readFileSync(join(workspace, "tools/quick-start/stock.ts.txt"), "utf8"))
const fenced = (text: string, language = "ts") => `\`\`\`${language}\n${text}\n\`\`\`\n`

const sample = `import NextAuth from "next-auth"
import Keycloak from "next-auth/providers/keycloak"
import { evergrant } from "evergrant/next"
import {
  sqliteStore,
} from "evergrant/stores/sqlite"

export const { handlers, auth, signIn, signOut, getAccessToken } = evergrant(NextAuth, {
  providers: [Keycloak],
  evergrant: {
    store: sqliteStore("evergrant.db"),
  },
})`

describe("reading the quick start", () => {
  it("takes the ts blocks between its heading and the next one of its rank", () => {
    const readme = [
      "# Evergrant",
      fenced("// before.ts\nbefore()"),
      "## Quick start",
      fenced("npm install evergrant", "sh"),
      fenced("// auth.ts\nauth()"),
      "### In a page",
      fenced("// app/page.tsx\nexport default () => <p />", "tsx"),
      "## Then",
      fenced("// after.ts\nafter()"),
    ].join("\n")
    expect([...readQuickStart(readme)]).toEqual([
      ["auth.ts", "auth()"],
      ["app/page.tsx", "export default () => <p />"],
    ])
  })

  it.each([
    ["has no such heading", fenced("// auth.ts"), /no heading/],
    ["has no block", "## Quick start\n", /no ts block/],
    ["has a block without a name", `## Quick start\n${fenced("auth()")}`, /must name its file/],
    ["leads outside", `## Quick start\n${fenced("// ../auth.ts\nauth()")}`, /outside the application/],
  ])("refuses a README that %s", (_, readme, message) => {
    expect(() => readQuickStart(readme)).toThrow(message)
  })
})

describe("counting", () => {
  it("counts nothing for the stock quick start itself", () => {
    expect(stock.size).toBe(3)
    expect(linesToWrite(stock, stock)).toEqual([])
  })

  it("counts changed and added lines, and neither imports nor what stayed", () => {
    expect(linesToWrite(new Map([["auth.ts", sample]]), stock)).toEqual([
      "auth.ts: export const { handlers, auth, signIn, signOut, getAccessToken } = evergrant(NextAuth, {",
      "auth.ts: evergrant: {",
      'auth.ts: store: sqliteStore("evergrant.db"),',
      "auth.ts: },",
    ])
  })

  it("counts every line of a file that the stock one does not have", () => {
    const page = 'import { auth } from "@/auth"\n\n// reads the session\nexport const read = () => auth()\n'
    expect(linesToWrite(new Map([["app/read.ts", page]]), stock)).toHaveLength(2)
  })

  it("fails above fifteen lines", () => {
    const withFields = (count: number) =>
      new Map([["auth.ts", sample.replace("    store:", `${"    x: 1,\n".repeat(count)}    store:`)]])
    expect(measure(withFields(11), stock)).toMatchObject({ withinLimit: true, lines: { length: 15 } })
    expect(measure(withFields(12), stock)).toMatchObject({ withinLimit: false, lines: { length: 16 } })
  })
})

describe("type-checking", () => {
  const within = () => join(makeTree({}, join(workspace, ".cache")), "app")

  it("accepts a sample beside the stock files, and what the reader's application has", () => {
    const given = makeTree({ "db.ts": "export const db: number = 1\n" })
    const files = new Map([
      ["auth.ts", readFileOf("auth.ts")],
      [
        "app/page.ts",
        'import { auth } from "@/auth"\nimport { db } from "@/db"\nexport const page = [auth, db]\n',
      ],
    ])
    expect(typeCheck(workspace, within(), files, given)).toBe("")
  })

  it("tells what does not fit", () => {
    const files = new Map([["auth.ts", readFileOf("auth.ts").replace("[Keycloak]", '["Keycloak"]')]])
    expect(typeCheck(workspace, within(), files)).toMatch(/auth\.ts\(\d+,\d+\): error TS/)
  })

  const readFileOf = (name: string): string => stock.get(name) ?? ""
})
