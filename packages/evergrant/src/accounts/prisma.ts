/** Writes the account table through the application's Prisma client, whose models describe the columns. */
import { ConfigurationError } from "../errors.ts"
import { type AccountWriter, neededColumns, tokenColumns } from "./account-writer.ts"
import {
  type AccountStatements,
  composeWriter,
  latestIn32Bits,
  refuseMissingColumns,
  type TableColumns,
} from "./compose-writer.ts"

/** Options of {@link prismaAccounts}. */
export interface PrismaAccountsOptions {
  /** Name of the model as the client spells it, in lower case at its start. Default `"account"`. */
  model?: string
}

/** The defaults of {@link PrismaAccountsOptions}. */
const defaults: Required<PrismaAccountsOptions> = Object.freeze({ model: "account" })

/** What is used of a model. Every generated client has types of its own, so it is recognised when it runs. */
interface PrismaModel {
  fields?: Record<string, { typeName?: string }>
  findFirst(query: { where: object; select: object }): PromiseLike<Record<string, unknown> | null>
  updateMany(query: { where: object; data: object }): PromiseLike<{ count: number }>
}

function isModel(value: unknown): value is PrismaModel {
  if (typeof value !== "object" || value === null || !("findFirst" in value) || !("updateMany" in value))
    return false
  return typeof value.findFirst === "function" && typeof value.updateMany === "function"
}

function findModel(prisma: object, name: string): PrismaModel {
  const model: unknown = Reflect.get(prisma, name)
  if (isModel(model)) return model
  throw new ConfigurationError(
    "option_invalid",
    `prismaAccounts finds no model "${name}" in what it was given: pass the Prisma client, and name its account model as the option model.`,
  )
}

/** Without descriptions (a client that somebody wrapped) the model is taken to be Auth.js's. */
function describe({ fields }: PrismaModel): TableColumns {
  const known = new Set<string>(fields ? Object.keys(fields) : [...neededColumns, ...tokenColumns])
  const isNarrow = fields?.expires_at?.typeName === "Int"
  return {
    has: (column) => known.has(column),
    latestExpiry: isNarrow ? latestIn32Bits : Number.MAX_SAFE_INTEGER,
  }
}

function createStatements(model: PrismaModel, columns: TableColumns): AccountStatements {
  return {
    columns: () => columns,

    async select({ provider, providerAccountId }, names) {
      const select = Object.fromEntries(names.map((name) => [name, true]))
      return (await model.findFirst({ where: { provider, providerAccountId }, select })) ?? undefined
    },

    async update({ provider, providerAccountId }, values, { access_token, refresh_token }) {
      // `update` needs a unique key and reads the row first; `updateMany` is one statement with these conditions.
      const { count } = await model.updateMany({
        where: { provider, providerAccountId, access_token, refresh_token },
        data: Object.fromEntries(values),
      })
      return count
    },
  }
}

/**
 * Keeps the account table up to date through the application's own Prisma client (version 7, on SQL databases).
 *
 * The model is that of `@auth/prisma-adapter`; fields of your own stay as they are, and the names of its columns in
 * the database do not matter. Fields that the model lacks are left out.
 *
 * @param prisma The client, extended or not. It stays the application's: Evergrant never disconnects it.
 * @param options.model Name of the model as the client spells it. Default `"account"`.
 * @throws {ConfigurationError} `option_invalid`: there is no such model, or it lacks a needed field.
 *
 * @example
 * evergrant: { accounts: prismaAccounts(new PrismaClient({ adapter })) }
 */
export function prismaAccounts(prisma: object, options: PrismaAccountsOptions = {}): AccountWriter {
  const { model: name } = { ...defaults, ...options }
  const model = findModel(prisma, name)
  const columns = describe(model)
  const what = `The Prisma model "${name}"`
  refuseMissingColumns(what, columns)
  return composeWriter(
    { kind: "prisma", table: `prisma "${name}"`, client: prisma, what },
    createStatements(model, columns),
  )
}
