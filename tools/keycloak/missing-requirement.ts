/** Something that this machine lacks. The message is one sentence: what is missing, and what to do about it. */
export class MissingRequirement extends Error {
  override name = "MissingRequirement"
}
