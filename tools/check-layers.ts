/**
 * Fails on an import against the layers of the package and on any circle among its files. Imports of types count
 * as all others do. The table below is the rule; ARCHITECTURE.md quotes it. An argument names another workspace.
 */
import { builtinModules } from "node:module"
import { join } from "node:path"
import {
  findCircles,
  type Import,
  type ImportGraph,
  isRelative,
  readImportGraph,
} from "./reading/import-graph.ts"

/** A layer: which files it has and what they may import, beside files of their own folder. */
export interface Layer {
  height: number
  name: string
  /** Files and folders of `src`. A longer path wins over a shorter one. */
  paths: readonly string[]
  /** Names of layers. A layer that names itself lets its folders import each other. */
  mayImport: readonly string[]
  /** Packages from the registry. */
  packages?: readonly string[]
  /** Node's own modules; `*` for all of them. */
  builtins?: readonly string[]
  /** The files of the folder stand each alone, as stores do. */
  apart?: true
}

const ground = ["ground", "wire"]
const core = [...ground, "pure", "ports", "provider", "policy", "facade"]

export const layers: readonly Layer[] = [
  { height: 0, name: "ground", paths: ["clock.ts", "errors.ts", "process-wide.ts"], mayImport: ground },
  { height: 0, name: "wire", paths: ["wire/"], mayImport: ground },
  { height: 1, name: "pure", paths: ["tokens/", "events.ts"], mayImport: ground },
  {
    height: 2,
    name: "ports",
    paths: [
      "accounts/account-writer",
      "accounts/compose-writer",
      "accounts/sealed-columns",
      "accounts/writer-failure",
    ],
    mayImport: [...ground, "pure", "ports"],
  },
  { height: 2, name: "ports", paths: ["store/"], mayImport: [...ground, "pure", "ports"], builtins: ["*"] },
  {
    height: 2,
    name: "ports",
    paths: ["store/seal"],
    mayImport: [...ground, "pure"],
    packages: ["jose"],
    builtins: ["*"],
  },
  {
    height: 3,
    name: "provider",
    paths: ["provider/"],
    mayImport: [...ground, "pure"],
    packages: ["oauth4webapi", "jose"],
  },
  {
    height: 4,
    name: "policy",
    paths: ["refresh/", "logout/", "data/", "session/", "linked/", "outbox/"],
    mayImport: [...ground, "pure", "ports", "provider", "policy"],
    packages: ["@standard-schema/spec"],
  },
  { height: 5, name: "facade", paths: ["evergrant.ts", "index.ts"], mayImport: core },
  {
    height: 6,
    name: "memory records",
    paths: ["stores/memory/"],
    mayImport: [...ground, "pure", "ports"],
  },
  {
    height: 6,
    name: "stores",
    paths: ["stores/memory.ts", "stores/cookie.ts"],
    mayImport: [...ground, "pure", "ports", "memory records"],
    apart: true,
  },
  {
    height: 6,
    name: "stores",
    paths: ["stores/"],
    mayImport: [...ground, "pure", "ports"],
    packages: ["ioredis", "pg"],
    builtins: ["*"],
    apart: true,
  },
  {
    height: 6,
    name: "writers",
    paths: ["accounts/"],
    mayImport: [...ground, "pure", "ports"],
    packages: ["drizzle-orm", "pg"],
    builtins: ["*"],
    apart: true,
  },
  {
    height: 6,
    name: "authjs",
    paths: ["authjs/"],
    mayImport: core,
    packages: ["@auth/core"],
    builtins: ["node:async_hooks"],
  },
  {
    height: 7,
    name: "next",
    paths: ["next/"],
    mayImport: [...core, "authjs"],
    packages: ["next", "next-auth"],
    builtins: ["*"],
  },
  { height: 7, name: "react", paths: ["react/"], mayImport: ["wire"], packages: ["react"] },
  {
    height: 8,
    name: "cli",
    paths: ["cli/"],
    mayImport: [...ground, "pure", "ports", "writers"],
    packages: ["pg"],
    builtins: ["*"],
  },
  {
    height: 8,
    name: "testing",
    paths: ["testing/"],
    mayImport: [...core, "stores"],
    packages: ["oauth4webapi", "jose", "oidc-provider"],
    builtins: ["*"],
  },
]

/** An import that breaks a rule. */
export interface Offence {
  file: string
  line: number
  imported: string
  rule: string
}

/** Every import of a source folder that breaks a rule, circles included. */
export function findOffences(graph: ImportGraph): Offence[] {
  const strays = graph.files
    .filter((file) => !layerOf(file))
    .map((file) => ({
      file,
      line: 1,
      imported: "-",
      rule: "belongs to no layer: give it a row in the table",
    }))
  const forbidden = graph.imports.flatMap((one) => {
    const rule = brokenRule(one)
    return rule === null ? [] : [{ file: one.from, line: one.line, imported: one.specifier ?? "?", rule }]
  })
  const circles = findCircles(graph).map(([file = "", next = "", ...rest]) => ({
    file,
    line: graph.imports.find((one) => one.from === file && one.to === next)?.line ?? 1,
    imported: next,
    rule: `closes a circle: ${[file, next, ...rest].join(" → ")}`,
  }))
  return [...strays, ...forbidden, ...circles]
}

function layerOf(file: string): Layer | undefined {
  let best: { layer: Layer; length: number } | undefined
  for (const layer of layers) {
    for (const path of layer.paths) {
      if (file.startsWith(path) && path.length > (best?.length ?? 0)) best = { layer, length: path.length }
    }
  }
  return best?.layer
}

/** What may import itself freely: a folder of `src`, or one store. */
function unitOf(file: string, layer: Layer): string {
  const parts = file.replace(/\.[cm]?tsx?$/, "").split("/")
  return parts.slice(0, layer.apart ? 2 : 1).join("/")
}

function brokenRule({ from, to, specifier }: Import): string | null {
  const layer = layerOf(from)
  if (!layer) return null
  if (specifier === null) return "is no literal, so that no rule can be checked"
  if (!isRelative(specifier)) return brokenOutside(specifier, layer)
  if (to === null) return "leads to no file of this folder"

  const target = layerOf(to)
  if (!target || unitOf(from, layer) === unitOf(to, target)) return null
  if (layer.mayImport.includes(target.name)) return null
  const allowed = layer.mayImport.length > 0 ? layer.mayImport.join(", ") : "nothing"
  return `${layer.name} (layer ${layer.height}) may not import ${target.name} (layer ${target.height}), only ${allowed}`
}

function brokenOutside(specifier: string, layer: Layer): string | null {
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")
  if (specifier.startsWith("node:") || builtinModules.includes(name)) {
    const { builtins = [] } = layer
    if (builtins.includes("*") || builtins.includes(specifier)) return null
    return `${layer.name} may import ${builtins.join(", ") || "no module"} of Node`
  }
  const { packages = [] } = layer
  return packages.includes(name)
    ? null
    : `${layer.name} may import ${packages.join(", ") || "no package"} from outside`
}

function main(): void {
  const folder = "packages/evergrant/src"
  const graph = readImportGraph(join(process.argv[2] ?? join(import.meta.dirname, ".."), folder))
  const offences = findOffences(graph)
  for (const { file, line, imported, rule } of offences) {
    console.log(`${folder}/${file}:${line}  imports ${imported}: ${rule}`)
  }
  console.log(
    `${graph.files.length} files, ${graph.imports.length} imports, ${offences.length} against the layers`,
  )
  if (offences.length > 0 || graph.files.length === 0) process.exitCode = 1
}

if (import.meta.main) main()
