/** A store of each kind with a thousand logins, and the calls that are measured. */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Redis } from "ioredis"
import { Pool } from "pg"
import { systemClock } from "../../packages/evergrant/src/clock.ts"
import type { GrantStore, RefreshGuard, StoreDriver } from "../../packages/evergrant/src/store/grant-store.ts"
import { memoryStore } from "../../packages/evergrant/src/stores/memory.ts"
import { postgresStore } from "../../packages/evergrant/src/stores/postgres.ts"
import { redisStore } from "../../packages/evergrant/src/stores/redis.ts"
import { sqliteStore } from "../../packages/evergrant/src/stores/sqlite.ts"
import {
  sampleGrant,
  sampleLogin,
  sampleRotation,
} from "../../packages/evergrant/src/testing/contracts/samples.ts"

export type StoreKind = "memory" | "sqlite" | "redis" | "postgres"

export interface Subject {
  /** Reads the next login in turn. */
  read(): Promise<void>
  /** Does what the core does in the store for one refresh of the next grant in turn. */
  refresh(): Promise<void>
  /** Stores a new login. */
  signIn(): Promise<void>
  close(): Promise<void>
}

const population = 1000

/** As long as the sealed tokens and claims of Keycloak, and as little to be compressed. */
const sealedTokens = randomBytes(3000).toString("base64url")
const sealedClaims = randomBytes(1125).toString("base64url")

/** A driver of an empty place, and what removes that. */
function driverOf(
  kind: StoreKind,
  place: string,
  url: string,
): { driver: StoreDriver; remove(): Promise<void> } {
  if (kind === "memory") return { driver: memoryStore({ name: place }), remove: async () => {} }
  if (kind === "redis")
    return { driver: redisStore(url, { prefix: place }), remove: () => removeKeys(url, place) }
  if (kind === "postgres") {
    const driver = postgresStore(url, { schema: place, createSchema: true })
    return { driver, remove: () => dropSchema(url, place) }
  }
  const folder = mkdtempSync(join(tmpdir(), "evergrant-bench-"))
  const remove = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
  return { driver: sqliteStore(join(folder, "store.db")), remove }
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const client = new Redis(url)
  for await (const keys of client.scanStream({ match: `{${prefix}:*` })) {
    if (keys.length > 0) await client.del(...keys)
  }
  await client.quit()
}

async function dropSchema(url: string, schema: string): Promise<void> {
  const pool = new Pool({ connectionString: url })
  await pool.query(`DROP SCHEMA "${schema}" CASCADE`)
  await pool.end()
}

/** Opens a store and signs a thousand users in. */
export async function openSubject(kind: StoreKind, place: string, url: string): Promise<Subject> {
  const { driver, remove } = driverOf(kind, place, url)
  const store = await driver.open({ namespace: "bench", clock: systemClock })
  const guards: RefreshGuard[] = []
  for (let index = 0; index < population; index++) guards.push(await signIn(store, index))
  let [turn, signedIn] = [0, population]
  return {
    async read() {
      turn = (turn + 1) % population
      await store.readLogin(`handle-${turn}`)
    },
    async refresh() {
      turn = (turn + 1) % population
      const guard = guards[turn]
      if (guard) guards[turn] = await refresh(store, guard)
    },
    async signIn() {
      await signIn(store, signedIn++)
    },
    async close() {
      await store.close()
      await remove()
    },
  }
}

async function signIn(store: GrantStore, index: number): Promise<RefreshGuard> {
  const now = systemClock.now()
  const [loginId, id] = [`login-${index}`, `id-${index}`]
  const names = { providerAccountId: id, sid: id, sub: id, tokenHash: `token ${index} 1` }
  const grant = sampleGrant(now, { ...names, sealedTokens, sealedClaims })
  await store.createLogin(sampleLogin(now, { loginId, user: id }), `handle-${index}`, [grant])
  return { grant: { ...grant, loginId }, generation: 1, tokenHash: grant.tokenHash }
}

async function refresh(store: GrantStore, guard: RefreshGuard): Promise<RefreshGuard> {
  const now = systemClock.now()
  const { loginId } = guard.grant
  const generation = guard.generation + 1
  const tokenHash = `${loginId} ${generation}`
  await store.acquireLease(loginId, "owner", 30)
  await store.beginRefresh(guard, { owner: "owner", at: now })
  const next = sampleRotation(now, { tokenHash, sealedTokens, sealedClaims })
  const outcome = await store.commitRefresh(guard, next, now + 300)
  if (outcome !== "stored") throw new Error(`The refresh was not stored: ${outcome}.`)
  await store.releaseLease(loginId, "owner")
  return { grant: guard.grant, generation, tokenHash }
}
