/** Runs before pages and routes. It sees a patch of the session at once, and asks the store and no database. */
import { type NextFetchEvent, type NextRequest, NextResponse } from "next/server"
import { auth } from "@/auth"
import { unknownPage } from "@/http/unknown-page"

const guarded = auth<NextFetchEvent>(({ auth: session, nextUrl }) => {
  const step = session?.data.step ?? "none"
  const response = needsOnboarding(nextUrl.pathname, step)
    ? NextResponse.redirect(new URL(session ? "/onboarding" : "/", nextUrl))
    : NextResponse.next()
  response.headers.set("x-demo-step", step)
  // A claim can hold any character, a header cannot.
  response.headers.set("x-demo-plan", encodeURIComponent(String(session?.claims.plan ?? "none")))
  return response
})

export default async function proxy(request: NextRequest, event: NextFetchEvent): Promise<Response> {
  const response = await guarded(request, event)
  const forPerson = request.headers.get("accept")?.includes("text/html") ?? false
  return response.status === 503 && forPerson ? unknownPage(response) : response
}

export const config = {
  // Not for Auth.js's own routes, the health check, and files.
  matcher: ["/((?!_next/|api/auth/|healthz$|.*\\.\\w+$).*)"],
}

function needsOnboarding(pathname: string, step: string): boolean {
  return (pathname === "/app" || pathname.startsWith("/app/")) && step !== "COMPLETED"
}
