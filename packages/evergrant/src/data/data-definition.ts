/** The application's own session fields: declared by a Standard Schema, kept per user. */
import type { StandardSchemaV1 } from "@standard-schema/spec"
import type { SessionData } from "../store/vault.ts"

/** Whom `load` is asked about. */
export interface DataOwner {
  /** The same at each sign-in. */
  id: string
  name?: string | null
  email?: string | null
}

export interface DataDefinition<Data extends SessionData = SessionData> {
  /** zod, valibot, arktype or any other Standard Schema of an object. */
  schema: StandardSchemaV1<unknown, Data>
  /** Reads the fields at each sign-in, most often from the application's database. */
  load?: (user: DataOwner) => Promise<Partial<Data> | undefined> | Partial<Data> | undefined
  /** Fields that the browser may patch. Default: none. */
  browserWritable?: readonly (keyof Data & string)[]
}
