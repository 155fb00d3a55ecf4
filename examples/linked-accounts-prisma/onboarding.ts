/** Article 4: a mutation of the application, which its session shows at once and without signing in again. */
import { SessionPatchError } from "evergrant"
import { patchSession } from "@/auth"
import { saveStep } from "@/database"
import { requireSession } from "@/json-route"
import { stepSchema } from "@/profile"

/** Takes the user on. First the row, then the session: what `load` reads at the next sign-in is never behind. */
export async function takeStep(given: unknown) {
  const { user } = await requireSession()
  const { data: step } = stepSchema.safeParse(given)
  if (!step) {
    const message = `must be one of ${stepSchema.options.join(", ")}`
    throw new SessionPatchError("patch_invalid", [{ field: "step", message }])
  }
  await saveStep(user.id, step)
  return patchSession({ step })
}
