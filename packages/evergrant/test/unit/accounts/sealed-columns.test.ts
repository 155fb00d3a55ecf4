import { describe, expect, test } from "vitest"
import type { AccountRow } from "../../../src/accounts/account-writer.ts"
import { openColumns, sealColumns } from "../../../src/accounts/sealed-columns.ts"
import { createSealer, type Sealer } from "../../../src/store/seal.ts"

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
const secret = "a secret of the tests, long enough"
const older = "another secret of the tests, older"
const sealerOf = (...secrets: string[]): Sealer => createSealer(secrets, "app", random)
const sealer = sealerOf(secret)

const key = { provider: "keycloak", providerAccountId: "alice" }
const plain: AccountRow = {
  ...key,
  access_token: "access canary",
  refresh_token: "refresh canary",
  id_token: "id canary",
  expires_at: 1_800_000_000,
  scope: "openid",
  session_state: "state",
}

async function sealedRow(by: Sealer = sealer): Promise<AccountRow> {
  return { ...key, ...(await sealColumns(by, key, plain)) }
}

const unreadable = { code: "record_unreadable" }

describe("sealed columns", () => {
  test("hold no plain token, and open to what they were", async () => {
    const sealed = await sealedRow()
    expect(JSON.stringify(sealed)).not.toContain("canary")
    expect(sealed).toMatchObject({ expires_at: 1_800_000_000, scope: "openid", session_state: "state" })
    expect(await openColumns(sealer, sealed)).toEqual(plain)
  })

  test("leave empty and absent columns alone", async () => {
    expect(await sealColumns(sealer, key, { access_token: null, expires_at: 5 })).toEqual({
      access_token: null,
      expires_at: 5,
    })
    expect(await openColumns(sealer, { ...key, refresh_token: null })).toEqual({
      ...key,
      refresh_token: null,
    })
    const empty = await sealColumns(sealer, key, { access_token: "" })
    expect(await openColumns(sealer, { ...key, ...empty })).toEqual({ ...key, access_token: "" })
  })

  test("leave a plain token as it is, beside a sealed one", async () => {
    const { access_token = null } = await sealedRow()
    const mixed = { ...plain, access_token }
    expect(await openColumns(sealer, mixed)).toEqual(plain)
    expect(await openColumns(sealer, plain)).toEqual(plain)
  })

  test("open under an older key as long as it is configured", async () => {
    const sealed = await sealedRow(sealerOf(older))
    expect(await openColumns(sealerOf(secret, older), sealed)).toEqual(plain)
    await expect(openColumns(sealerOf(secret), sealed)).rejects.toMatchObject(unreadable)
  })

  test("do not open in another row, in another column or for another application", async () => {
    const sealed = await sealedRow()
    const { access_token = null } = sealed
    const elsewhere: [Sealer, AccountRow][] = [
      [sealer, { ...sealed, providerAccountId: "bob" }],
      [sealer, { ...sealed, provider: "github" }],
      [sealer, { ...key, refresh_token: access_token }],
      [createSealer([secret], "other app", random), sealed],
    ]
    for (const [by, row] of elsewhere) await expect(openColumns(by, row)).rejects.toMatchObject(unreadable)
  })

  test("do not open when altered, and the message holds nothing of them", async () => {
    const { access_token } = await sealedRow()
    const altered = { ...key, access_token: `${access_token?.slice(0, -2)}AA` }
    const failure = await openColumns(sealer, altered).catch((error: unknown) => String(error))
    expect(failure).toMatch(/cannot be opened/)
    expect(failure).not.toContain("eg1.")
    await expect(openColumns(sealer, { ...key, id_token: "eg1." })).rejects.toMatchObject(unreadable)
  })
})
