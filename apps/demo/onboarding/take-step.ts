/** Article 4: a mutation of the application, which its session shows at once and without signing in again. */
import { SessionPatchError, SignedOutError } from "evergrant"
import { type DemoSession, patchSession, sessionStatus } from "@/auth"
import { stepSchema } from "@/data/profile"
import { saveStep } from "@/data/users"

/**
 * Takes the user on. First the row, then the session: what `load` reads at the next sign-in is never behind.
 *
 * @throws {SessionPatchError} The step is none; nothing was stored.
 * @throws {SignedOutError}
 */
export async function takeStep(given: unknown): Promise<DemoSession> {
  const status = await sessionStatus()
  if (status.status === "signed_out") throw new SignedOutError(status.reason)
  const { success, data: step } = stepSchema.safeParse(given)
  if (!success) {
    const message = `must be one of ${stepSchema.options.join(", ")}`
    throw new SessionPatchError("patch_invalid", [{ field: "step", message }])
  }
  saveStep(status.session.user.id, step)
  return patchSession({ step })
}
