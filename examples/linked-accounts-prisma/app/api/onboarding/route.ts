import { readJsonObject } from "evergrant/next"
import { requireSameOrigin } from "@/auth"
import { jsonRoute } from "@/json-route"
import { takeStep } from "@/onboarding"

/** Article 4. */
export const POST = jsonRoute(async (request) => {
  requireSameOrigin(request)
  const { step } = await readJsonObject(request)
  return { data: (await takeStep(step)).data }
})
