import type { StandardSchemaV1 } from "@standard-schema/spec"
import { describe, expect, it } from "vitest"
import type { DataDefinition } from "../../../src/data/data-definition.ts"
import type { SessionData } from "../../../src/store/vault.ts"
import { createGate, createScene } from "../../faults/scene/scene.ts"

const steps = ["START", "PROFILE", "COMPLETED"]
const themes = ["light", "dark"]

/** Written out by hand: any Standard Schema will do, and unknown fields are dropped as most libraries drop them. */
const schema: StandardSchemaV1<unknown, SessionData> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate(value) {
      const { step = "START", theme = "light" } = value as SessionData
      const issues: StandardSchemaV1.Issue[] = []
      if (!steps.includes(String(step))) issues.push({ message: "no such step", path: ["step"] })
      if (!themes.includes(String(theme))) issues.push({ message: "no such theme", path: [{ key: "theme" }] })
      if (step === "COMPLETED" && theme === "dark") issues.push({ message: "too dark to be completed" })
      return issues.length > 0 ? { issues } : { value: { step, theme } }
    },
  },
}
const data: DataDefinition = { schema, browserWritable: ["theme"] }
const refused = (code: string, ...fields: string[]) => ({
  code,
  issues: fields.map((field) => expect.objectContaining({ field })),
})

describe("patching", () => {
  it("lets the server write every field, and returns the data after it", async () => {
    const { evergrant, told } = await createScene({ data })

    expect(await evergrant.patchData("user-1", { step: "PROFILE" }, "server")).toEqual({
      step: "PROFILE",
      theme: "light",
    })
    expect(await evergrant.readData("user-1")).toEqual({
      data: { step: "PROFILE", theme: "light" },
      version: 1,
    })
    expect(told("data.patched")).toEqual([
      { type: "data.patched", user: "user-1", fields: ["step"], by: "server" },
    ])
  })

  it("lets the browser write what was declared writable, and nothing else", async () => {
    const { evergrant } = await createScene({ data })
    await evergrant.patchData("user-1", { theme: "dark" }, "browser")

    for (const patch of [{ step: "COMPLETED" }, { theme: "light", step: "COMPLETED" }, { unknown: 1 }]) {
      await expect(evergrant.patchData("user-1", patch, "browser")).rejects.toMatchObject({
        code: "patch_not_allowed",
      })
    }
    expect((await evergrant.readData("user-1")).data).toEqual({ step: "START", theme: "dark" })
  })

  it("lets the browser write nothing where nothing was declared", async () => {
    const { evergrant } = await createScene({ data: { schema } })

    await expect(evergrant.patchData("user-1", { theme: "dark" }, "browser")).rejects.toMatchObject(
      refused("patch_not_allowed", "theme"),
    )
  })

  it("refuses patches where no data was configured, and says what to configure", async () => {
    const { evergrant } = await createScene()

    await expect(evergrant.patchData("user-1", { step: "START" }, "server")).rejects.toThrow(
      /configure `evergrant.data`/,
    )
  })

  it.each<[string, SessionData, string]>([
    ["a value that the schema refuses", { step: "SKIPPED" }, "step"],
    ["a value whose path is an object", { theme: "pink" }, "theme"],
    ["values that do not go together", { step: "COMPLETED", theme: "dark" }, "(data)"],
    ["a field that the schema does not know", { admin: true }, "admin"],
  ])("refuses %s, and stores nothing", async (_name, patch, field) => {
    const { evergrant, told } = await createScene({ data })

    await expect(evergrant.patchData("user-1", patch, "server")).rejects.toMatchObject(
      refused("patch_invalid", field),
    )
    expect(await evergrant.readData("user-1")).toEqual({ data: {}, version: 0 })
    expect(told("data.patched")).toEqual([])
  })

  it("checks the whole, not the patch alone", async () => {
    const { evergrant } = await createScene({ data })
    await evergrant.patchData("user-1", { theme: "dark" }, "browser")

    await expect(evergrant.patchData("user-1", { step: "COMPLETED" }, "server")).rejects.toMatchObject({
      code: "patch_invalid",
    })
  })

  it.each(["__proto__", "constructor", "prototype"])("refuses %s for a field", async (field) => {
    const { evergrant } = await createScene({ data: { schema, browserWritable: [field] } })
    const patch = JSON.parse(`{"${field}":{"polluted":true}}`)

    for (const by of ["server", "browser"] as const) {
      await expect(evergrant.patchData("user-1", patch, by)).rejects.toMatchObject(
        refused("patch_not_allowed", field),
      )
    }
    expect({}).not.toHaveProperty("polluted")
  })

  it("lets two patches that cross both survive", async () => {
    const { evergrant, store, replaced } = await createScene({ data })
    const real = await store()
    // The second patch is written completely between the reading and the writing of the first.
    replaced.writeData = async (...write) => {
      delete replaced.writeData
      await evergrant.patchData("user-1", { theme: "dark" }, "browser")
      return real.writeData(...write)
    }
    const after = await evergrant.patchData("user-1", { step: "PROFILE" }, "server")

    expect(after).toEqual({ step: "PROFILE", theme: "dark" })
    expect(await evergrant.readData("user-1")).toEqual({ data: after, version: 2 })
  })

  it("lets thirty patches at once all survive", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `field${index}`)
    const anything: StandardSchemaV1<unknown, SessionData> = {
      "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as SessionData }) },
    }
    const { evergrant } = await createScene({ data: { schema: anything } })
    await Promise.all(names.map((name) => evergrant.patchData("user-1", { [name]: true }, "server")))

    const stored = await evergrant.readData("user-1")
    expect(Object.keys(stored.data).sort()).toEqual([...names].sort())
    expect(stored.version).toBe(30)
  })

  it("is seen by another login of the same user, and by no other user", async () => {
    const { evergrant, signIn } = await createScene({ data })
    const [laptop, phone] = [await signIn(), await signIn()]
    const stranger = await signIn({ user: { id: "user-2" } })
    const session = await evergrant.patchSession(laptop, { step: "PROFILE" }, "server")

    expect(session.data.step).toBe("PROFILE")
    expect(await evergrant.readSession(phone)).toMatchObject({ view: { data: { step: "PROFILE" } } })
    expect(await evergrant.readSession(stranger)).toMatchObject({ view: { data: { step: "START" } } })
  })

  it("does not touch the generation: a patch never makes a rotation fail", async () => {
    const { evergrant, clock, provider, signIn, grant } = await createScene({ data })
    const handle = await signIn()
    await clock.advance(301)
    provider.once("token", async (request) => {
      await evergrant.patchSession(handle, { step: "PROFILE" }, "server")
      return provider.usual(request)
    })

    expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
    expect((await grant(handle)).generation).toBe(2)
    expect((await evergrant.readData("user-1")).data.step).toBe("PROFILE")
  })
})

describe("loading at sign-in", () => {
  const loading = (load: DataDefinition["load"]): DataDefinition => (load ? { ...data, load } : data)

  it("fills the data from the application", async () => {
    const { evergrant, signIn } = await createScene({
      data: loading(async ({ id }) => ({ step: id && "PROFILE" })),
    })
    const reading = await evergrant.readSession(await signIn())

    expect(reading).toMatchObject({ view: { data: { step: "PROFILE", theme: "light" } } })
  })

  it("replaces what is stored, and keeps what it does not speak of", async () => {
    const { evergrant, signIn } = await createScene({ data: loading(() => ({ step: "PROFILE" })) })
    await evergrant.patchData("user-1", { step: "COMPLETED" }, "server")
    await evergrant.patchData("user-1", { step: "START", theme: "dark" }, "server")
    await signIn()

    expect((await evergrant.readData("user-1")).data).toEqual({ step: "PROFILE", theme: "dark" })
  })

  it("yields to a patch that lands while it is running", async () => {
    const began = createGate()
    const answer = createGate<SessionData>()
    const { evergrant, signIn } = await createScene({
      data: loading(() => {
        began.open()
        return answer.passed
      }),
    })
    const signingIn = signIn()
    await began.passed
    await evergrant.patchData("user-1", { step: "COMPLETED" }, "server")
    answer.open({ step: "START" })
    await signingIn

    expect((await evergrant.readData("user-1")).data.step).toBe("COMPLETED")
  })

  it.each<[string, DataDefinition["load"], string]>([
    ["throws", () => Promise.reject(new Error("canary")), "it threw"],
    [
      "throws at once",
      () => {
        throw new Error("canary")
      },
      "it threw",
    ],
    ["gives what the schema refuses", () => ({ step: "canary" }), "the schema refuses step"],
  ])("lets the user in when it %s, keeps what is stored, and tells why", async (_name, load, why) => {
    const { evergrant, signIn, told } = await createScene({ data: loading(load) })
    await evergrant.patchData("user-1", { step: "PROFILE" }, "server")
    const reading = await evergrant.readSession(await signIn())

    expect(reading).toMatchObject({ status: "session", view: { data: { step: "PROFILE" } } })
    expect(told("data.load_failed")).toEqual([{ type: "data.load_failed", user: "user-1", why }])
    expect(JSON.stringify(told("data.load_failed"))).not.toContain("canary")
  })

  it("survives the next sign-in without a load", async () => {
    const { evergrant, signIn } = await createScene({ data })
    await evergrant.patchData("user-1", { step: "PROFILE" }, "server")

    expect(await evergrant.readSession(await signIn())).toMatchObject({ view: { data: { step: "PROFILE" } } })
  })

  it("leaves data alone that it cannot open: an instance without the new key erases nobody's patches", async () => {
    const { evergrant, again } = await createScene({ data: loading(() => ({ step: "START" })) })
    await evergrant.patchData("user-1", { step: "PROFILE" }, "server")
    const other = again({ secrets: ["a-key-that-never-sealed-this-record-0123456789"] })
    await other.startLogin({
      user: { id: "user-1" },
      account: { provider: "other", providerAccountId: "1" },
      token: {},
      maxAge: 3600,
    })

    expect((await evergrant.readData("user-1")).data.step).toBe("PROFILE")
  })

  it("reads as empty where it cannot be opened, tells so, and is there again with the key", async () => {
    const { evergrant, again, told } = await createScene({ data })
    await evergrant.patchData("user-1", { step: "PROFILE" }, "server")
    const other = again({ secrets: ["a-key-that-never-sealed-this-record-0123456789"] })

    expect((await other.readData("user-1")).data).toEqual({})
    expect(told("record.unreadable")).toMatchObject([{ record: "data" }])
    expect((await evergrant.readData("user-1")).data.step).toBe("PROFILE")
  })
})
