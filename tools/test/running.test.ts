import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import process from "node:process"
import { afterEach, describe, expect, it, vi } from "vitest"
import { isInstalled } from "../ensure-install.mjs"
import { building, isUpToDate } from "../running/build-state.mjs"
import { runAndCollect } from "../running/child-process.mjs"
import { demoEnvironment, isPortFree, readPort } from "../running/demo-environment.mjs"
import { lookForPrerequisites } from "../running/prerequisites.mjs"
import { selectSteps } from "../running/steps.mjs"
import { makeTree } from "./fixture-tree.ts"

afterEach(() => void vi.unstubAllEnvs())

describe("an installation", () => {
  const lock = (packages: object) => JSON.stringify({ packages: { "": {}, ...packages } })
  const wanted = {
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b-darwin": { version: "1.0.0", optional: true },
  }
  const tree = (present?: object) =>
    makeTree({
      "package-lock.json": lock(wanted),
      ...(present ? { "node_modules/.package-lock.json": lock(present) } : {}),
    })

  it("is there when all that is not optional is there", () => {
    const root = tree({ "node_modules/a": { version: "1.0.0" } })
    expect(isInstalled(root)).toBe(true)
    expect(readFileSync(join(root, "node_modules/.evergrant-installed"), "utf8")).toHaveLength(64)
    expect(isInstalled(root)).toBe(true)
  })

  it("is not there without packages, without one of them, or with another version", () => {
    expect(isInstalled(tree())).toBe(false)
    expect(isInstalled(tree({}))).toBe(false)
    expect(isInstalled(tree({ "node_modules/a": { version: "1.0.1" } }))).toBe(false)
  })
})

describe("a build", () => {
  const build = { name: "thing", output: "dist/index.js", sources: ["src", "package.json"] }
  const touch = (root: string, path: string, seconds: number) => {
    const at = Date.now() / 1000 + seconds
    utimesSync(join(root, path), at, at)
  }
  const built = async () => {
    const root = makeTree({ "src/a.ts": "", "src/deep/b.ts": "", "package.json": "{}", "dist/index.js": "" })
    for (const path of ["src/a.ts", "src/deep/b.ts", "src/deep", "src", "package.json"])
      touch(root, path, -60)
    expect(isUpToDate(root, build)).toBe(false)
    await building(root, build, async () => true)
    expect(isUpToDate(root, build)).toBe(true)
    return root
  }

  it("is stale when a source has changed or gone, or the output has", async () => {
    const changed = await built()
    touch(changed, "src/deep/b.ts", 1)
    expect(isUpToDate(changed, build)).toBe(false)

    const removed = await built()
    await new Promise((resolve) => setTimeout(resolve, 20))
    rmSync(join(removed, "src/deep/b.ts"))
    expect(isUpToDate(removed, build)).toBe(false)

    const emptied = await built()
    rmSync(join(emptied, "dist"), { recursive: true })
    expect(isUpToDate(emptied, build)).toBe(false)
  })

  it("does not count when it failed", async () => {
    const root = await built()
    await building(root, build, async () => false)
    expect(isUpToDate(root, build)).toBe(false)
  })
})

describe("the steps", () => {
  const names = (...asked: string[]) =>
    selectSteps(asked).map(({ step, onlyIfStale }) => [step.name, onlyIfStale])

  it("are all of them without a name", () => {
    expect(names().length).toBeGreaterThan(10)
    expect(names().every(([, onlyIfStale]) => onlyIfStale === false)).toBe(true)
  })

  it("are the named ones, after the builds that they read", () => {
    expect(names("unit")).toEqual([["unit", false]])
    expect(names("demo", "build")).toEqual([
      ["build", false],
      ["demo-build", true],
      ["demo", false],
    ])
    expect(names("examples")).toEqual([
      ["build", true],
      ["examples-build", true],
      ["examples", false],
    ])
    expect(() => names("units")).toThrow("no step is called units")
  })
})

describe("what the machine lacks", () => {
  it("is not looked for when no step needs it", async () => {
    vi.stubEnv("PATH", "")
    expect(await lookForPrerequisites(["unit", "layers"], true)).toEqual([])
  })

  it("is named with its remedy, and the suites are told", async () => {
    vi.stubEnv("PATH", "")
    vi.stubEnv("JAVA_HOME", "")
    vi.stubEnv("EVERGRANT_SKIP_CHROMIUM", "")
    vi.stubEnv("EVERGRANT_SKIP_KEYCLOAK", "1")
    vi.stubEnv("EVERGRANT_SKIP_REDIS", "")
    expect(await lookForPrerequisites(["demo"], false)).toEqual([
      "Chromium: no program chromium on PATH; on Debian: apt-get install -y chromium",
      "Keycloak: left out by EVERGRANT_SKIP_KEYCLOAK=1",
      "Redis: no program redis-server on PATH; on Debian: apt-get install -y redis-server",
    ])
    expect(process.env.EVERGRANT_SKIP_CHROMIUM).toBe("1")
  })

  it("can be a server: PostgreSQL and Redis are named by their address, and never with a password", async () => {
    vi.stubEnv("PATH", makeTree({ "redis-server": "" }))
    vi.stubEnv("EVERGRANT_SKIP_POSTGRES", "")
    vi.stubEnv("EVERGRANT_POSTGRES_URL", "postgres://user:hidden@127.0.0.1:1/app")
    vi.stubEnv("EVERGRANT_SKIP_REDIS", "")
    vi.stubEnv("EVERGRANT_REDIS_URL", "redis://user:hidden@127.0.0.1:1/2")
    const lacks = await lookForPrerequisites(["contract"], false)
    expect(lacks).toEqual([
      expect.stringMatching(/^PostgreSQL: no .*127\.0\.0\.1:1; on Debian: apt-get install -y postgresql/),
      expect.stringMatching(/^Redis: no .*127\.0\.0\.1:1; on Debian: apt-get install -y redis-server/),
    ])
    expect(lacks.join()).not.toContain("hidden")
    expect([process.env.EVERGRANT_SKIP_POSTGRES, process.env.EVERGRANT_SKIP_REDIS]).toEqual(["1", "1"])
  })

  it("is installed where everything is required, by root and with Debian's tool, and only there", async () => {
    const root = makeTree({
      "apt-get": '#!/bin/sh\necho "$@" >> "$LOG"\n[ "$1" = update ] || : > "$CHROMIUM"\n',
    })
    chmodSync(join(root, "apt-get"), 0o755)
    vi.stubEnv("PATH", root)
    vi.stubEnv("LOG", join(root, "log"))
    vi.stubEnv("CHROMIUM", join(root, "chromium"))
    vi.stubEnv("EVERGRANT_SKIP_CHROMIUM", "")
    vi.stubEnv("EVERGRANT_SKIP_KEYCLOAK", "1")
    const user = vi.spyOn(process, "getuid")
    const chromium = async (requireAll: boolean) => {
      vi.stubEnv("EVERGRANT_SKIP_CHROMIUM", "")
      return (await lookForPrerequisites(["demo"], requireAll)).some((line) => line.startsWith("Chromium"))
    }
    user.mockReturnValue(0)
    expect(await chromium(false)).toBe(true)
    user.mockReturnValue(1000)
    expect(await chromium(true)).toBe(true)
    user.mockReturnValue(0)
    expect(await chromium(true)).toBe(false)
    expect(readFileSync(join(root, "log"), "utf8")).toBe("update -q\ninstall -y -q chromium\n")
    user.mockRestore()
  })
})

describe("the demo's environment", () => {
  it("has a default for everything, and keeps its secret to itself", () => {
    const root = makeTree({})
    const first = demoEnvironment(root, 3100, {})
    expect(first).toMatchObject({ PORT: "3100", AUTH_URL: "http://localhost:3100" })
    expect(first.EVERGRANT_STORE).toBe(`sqlite:${join(root, ".cache/demo.db")}`)
    expect(first.AUTH_SECRET?.length).toBeGreaterThan(40)
    expect(demoEnvironment(root, 3100, {}).AUTH_SECRET).toBe(first.AUTH_SECRET)
    expect(statSync(join(root, ".cache/demo-secret")).mode & 0o777).toBe(0o600)
  })

  it("leaves what is set as it is", () => {
    const given = { AUTH_SECRET: "own", EVERGRANT_STORE: "memory:", AUTH_URL: "https://app.example" }
    expect(demoEnvironment(makeTree({}), 3100, given)).toMatchObject(given)
  })

  it("knows a port and whether it is taken", async () => {
    expect(readPort("3000")).toBe(3000)
    for (const text of ["", "0", "65536", "three", "3.5"])
      expect(() => readPort(text)).toThrow("is not a port")
    const server = createServer().listen(0)
    await once(server, "listening")
    const address = server.address()
    const port = typeof address === "object" && address ? address.port : 0
    expect(await isPortFree(port)).toBe(false)
    server.close()
    await once(server, "close")
    expect(await isPortFree(port)).toBe(true)
  })
})

describe("a child process", () => {
  const options = { cwd: process.cwd(), env: process.env }

  it("is reported with its status and all its output", async () => {
    expect(await runAndCollect("echo out; echo err >&2; exit 3", options)).toEqual({
      status: 3,
      output: "out\nerr\n",
    })
    expect((await runAndCollect("kill -TERM $$", options)).status).toBe(143)
  })

  it("does not keep us waiting when it leaves a program behind that holds the output", async () => {
    const begun = Date.now()
    expect(await runAndCollect("sleep 20 & echo $!", options).then(endLeftOver)).toBe(0)
    expect(Date.now() - begun).toBeLessThan(10_000)
  })

  it("ends with all that it started when we are told to end", async () => {
    const module = new URL("../running/child-process.mjs", import.meta.url)
    const text = `import(${JSON.stringify(module)}).then((m) =>
      m.runAndCollect("sleep 30 & echo $! >&2; echo $! > $PIDFILE; wait", { cwd: "/", env: process.env }))
      .then(({ status }) => process.exit(status))`
    const file = join(makeTree({}), "pid")
    const runner = spawn(process.execPath, ["-e", text], {
      env: { ...process.env, PIDFILE: file },
      stdio: "inherit",
    })
    const pid = await vi.waitUntil(() => numberIn(file), { timeout: 10_000 })
    runner.kill("SIGTERM")
    expect((await once(runner, "exit"))[0]).toBe(143)
    await vi.waitUntil(() => hasEnded(pid), { timeout: 5000 })
  })

  function endLeftOver({ status, output }: { status: number; output: string }): number {
    process.kill(Number(output), "SIGKILL")
    return status
  }

  /** A process that nobody has waited for keeps its number; `ps` then calls it a zombie. */
  function hasEnded(pid: number): boolean {
    const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
    return /^\s*(Z|$)/.test(stdout)
  }

  function numberIn(file: string): number {
    try {
      return Number(readFileSync(file, "utf8"))
    } catch {
      return 0
    }
  }
})
