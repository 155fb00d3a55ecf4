/** A session as the routes tell it. */
import type { DemoSession } from "@/auth"

function userJson({ user: { id, name, email } }: DemoSession) {
  return { id, name: name ?? null, email: email ?? null }
}

/** What an update may have changed. */
export function updateJson(session: DemoSession) {
  const { claims, grants, version } = session
  return { user: userJson(session), claims, generation: grants[0]?.generation ?? null, version }
}
