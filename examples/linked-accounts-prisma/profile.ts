/** The application's own fields of a session: declared once, checked at every write. */
import { z } from "zod"

export const stepSchema = z.enum(["START", "PROFILE", "COMPLETED"])

export const profileSchema = z.object({
  /** How far the onboarding is. Only the server may say so. */
  step: stepSchema.default("START"),
  /** How pages look. The browser may change it. */
  theme: z.enum(["light", "dark"]).default("light"),
})

export type Step = z.infer<typeof stepSchema>
