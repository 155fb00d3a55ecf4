/** What a binding to a host of Auth.js is made of. `evergrant/next` is one; others can be written on this. */
export type { AuthConfig } from "@auth/core"
export { type Binding, completeConfig, createBinding, type HostDefaults } from "./binding.ts"
export { cookieTokenOf, isCookieBehind } from "./cookie-content.ts"
export { endSession } from "./end-session.ts"
export { forgottenLinkRequest, linkRequestCookie, mayLink } from "./link-request.ts"
export type { LiveSession, RequestReading } from "./live-session.ts"
export type { EvergrantAuthConfig, EvergrantAuthOptions, ProviderOptions } from "./options.ts"
export { checkOptions } from "./options.ts"
export { type Presented, presentSession } from "./present-session.ts"
export { readRequest } from "./read-request.ts"
export { reissueSessionCookie } from "./reissue-cookie.ts"
export { type RequestContext, requestContext, withRequestContext } from "./request-context.ts"
export { answerRoute } from "./routes.ts"
export {
  type CookieSettings,
  clearedSessionCookies,
  cookieNames,
  holdsReference,
  isSessionCookie,
  rowCookie,
  type SessionCookie,
  withoutSessionCookies,
} from "./session-cookie.ts"
export type { EvergrantSession, GrantTimes } from "./session-shape.ts"
export { type SignedOutFlag, type SilentFailure, signedOutCookie, signedOutFlag } from "./signed-out-flag.ts"
export { signedInAgain, silentFailed, silentRefusal } from "./silent/finish.ts"
export { silentDestination, silentPath } from "./silent/offered.ts"
export { readSilentSignIn, type SilentSignIn } from "./silent/transaction.ts"
export { originOf, type Site, siteOf } from "./site.ts"
export { wrapConfig } from "./wrap-config.ts"
