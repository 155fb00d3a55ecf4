import { notBuilt } from "@/http/json-route"

/** Article 2: linked accounts come with the database strategy. */
export const GET = notBuilt
