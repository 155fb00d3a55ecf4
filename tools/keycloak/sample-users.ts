import type { UserSettings } from "./provision-user.ts"

/** The two users of the demo and of every test realm. The password is the user name. */
export const sampleUsers: readonly UserSettings[] = [
  {
    username: "alice",
    email: "alice@example.com",
    firstName: "Alice",
    lastName: "Example",
    attributes: { plan: "free" },
    roles: ["editor"],
  },
  {
    username: "bob",
    email: "bob@example.com",
    firstName: "Bob",
    lastName: "Example",
    attributes: { plan: "gold" },
    roles: [],
  },
]
