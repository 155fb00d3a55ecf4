import { readJsonObject } from "evergrant/next"
import { requireSameOrigin } from "@/auth"
import { jsonRoute } from "@/http/json-route"
import { takeStep } from "@/onboarding/take-step"

/** Article 4. */
export const POST = jsonRoute(async (request) => {
  requireSameOrigin(request)
  const { step } = await readJsonObject(request)
  const { data } = await takeStep(step)
  return { data }
})
