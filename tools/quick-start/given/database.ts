/** What the reader's application already has: its own database. */
export async function findProfile(userId: string): Promise<{ step: "START" | "COMPLETED" } | undefined> {
  return userId === "" ? undefined : { step: "START" }
}
