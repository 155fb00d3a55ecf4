/** The stores on which a row of the fault catalogue can be shown. */
export const storeKinds = ["memory", "sqlite", "redis", "postgres", "cookie"] as const

export type StoreKind = (typeof storeKinds)[number]
