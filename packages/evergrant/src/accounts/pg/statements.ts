import { escapeIdentifier } from "pg"
import { ConfigurationError } from "../../errors.ts"
import { type ListingStatements, latestIn32Bits } from "../compose-writer.ts"

/** What is used of a pool, or of a client, of `pg`. */
export interface PgQueryable {
  query(
    text: string,
    values?: unknown[],
  ): Promise<{
    rows: Record<string, unknown>[]
    rowCount: number | null
    fields: { name: string; dataTypeID: number }[]
  }>
}

/** PostgreSQL's number of the type `integer`, and its codes for a table or a schema that is not there. */
const integerType = 23
const undefinedTable = ["42P01", "3F000"]

const key = 'provider, "providerAccountId"'
const keyCondition = 'provider = $1 AND "providerAccountId" = $2'

function quote(table: string): string {
  return table.split(".").map(escapeIdentifier).join(".")
}

/** The statements of {@link pgAccounts} over a table, whose name may have a schema in front. */
export function createStatements(pool: PgQueryable, table: string): ListingStatements {
  const name = quote(table)
  return {
    async columns() {
      const { fields } = await pool.query(`SELECT * FROM ${name} LIMIT 0`).catch((error: unknown) => {
        throw isMissingTable(error) ? missingTable(table) : error
      })
      const types = new Map(fields.map((field) => [field.name, field.dataTypeID]))
      const isNarrow = types.get("expires_at") === integerType
      return {
        has: (column) => types.has(column),
        latestExpiry: isNarrow ? latestIn32Bits : Number.MAX_SAFE_INTEGER,
      }
    },

    async select({ provider, providerAccountId }, columns) {
      const { rows } = await pool.query(
        `SELECT ${columns.join(", ")} FROM ${name} WHERE ${keyCondition} LIMIT 1`,
        [provider, providerAccountId],
      )
      return rows[0]
    },

    async update({ provider, providerAccountId }, values, expected) {
      const assignments = values.map(([column], index) => `${column} = $${index + 5}`).join(", ")
      const { rowCount } = await pool.query(
        `UPDATE ${name} SET ${assignments}
          WHERE ${keyCondition} AND access_token IS NOT DISTINCT FROM $3 AND refresh_token IS NOT DISTINCT FROM $4`,
        [
          provider,
          providerAccountId,
          expected.access_token,
          expected.refresh_token,
          ...values.map(([, value]) => value),
        ],
      )
      return rowCount ?? 0
    },

    async count() {
      const { rows } = await pool.query(`SELECT count(*) AS count FROM ${name}`)
      return Number(rows[0]?.count)
    },

    async list(columns, after, limit) {
      const selected = [key, ...columns].join(", ")
      const condition = after ? `WHERE (${key}) > ($2, $3)` : ""
      const { rows } = await pool.query(
        `SELECT ${selected} FROM ${name} ${condition} ORDER BY ${key} LIMIT $1`,
        after ? [limit, after.provider, after.providerAccountId] : [limit],
      )
      return rows
    },
  }
}

function isMissingTable(error: unknown): boolean {
  return error instanceof Error && "code" in error && undefinedTable.includes(String(error.code))
}

function missingTable(table: string): ConfigurationError {
  return new ConfigurationError(
    "option_invalid",
    `The PostgreSQL database has no table "${table}": create it, or name another one as pgAccounts' option table.`,
  )
}
