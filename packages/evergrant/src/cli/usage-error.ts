/** A command was called in a way that it cannot make sense of. The message is one sentence for the person who typed it. */
export class UsageError extends Error {
  override name = "UsageError"
}
