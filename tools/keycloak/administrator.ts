/** The administrator of every server that these tools start. They listen on loopback only, so it is no secret. */
export const administrator = { username: "admin", password: "admin" } as const
