/** Runs before pages and routes: sees a patch of the session at once, and re-issues its rolling cookie. */
import { type NextFetchEvent, NextResponse } from "next/server"
import { auth } from "@/auth"

export default auth<NextFetchEvent>(({ auth: session, nextUrl }) => {
  const inApp = nextUrl.pathname === "/app" || nextUrl.pathname.startsWith("/app/")
  if (!inApp || session?.data.step === "COMPLETED") return NextResponse.next()
  return NextResponse.redirect(new URL(session ? "/onboarding" : "/", nextUrl))
})

export const config = { matcher: ["/((?!_next/|api/auth/|healthz$|.*\\.\\w+$).*)"] }
