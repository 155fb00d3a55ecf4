/** What applications test themselves with: an OpenID provider inside the process, and a browser's cookies. */
export { type ManualClock, manualClock } from "./manual-clock.ts"
export type { Client, ClientOptions, ClientRegistry } from "./provider/clients.ts"
export { CookieJar } from "./provider/cookie-jar.ts"
export type { CounterControl, CounterQuery, Counters } from "./provider/counters.ts"
export {
  createEmbeddedProvider,
  type EmbeddedProvider,
  type EmbeddedProviderOptions,
} from "./provider/embedded-provider.ts"
export type { ActiveFault, Fault, FaultControl, FaultEndpoint, FaultKind } from "./provider/faults.ts"
export type { JsonObject } from "./provider/json-object.ts"
export type { LogoutDelivery, LogoutTokenOptions } from "./provider/logout-token-options.ts"
export type {
  Lifetimes,
  ProviderSettings,
  Rotation,
  SettingsControl,
  SettingsPatch,
} from "./provider/settings.ts"
export { type SignInOptions, signInByScript } from "./provider/sign-in-driver.ts"
export type { SessionControl, SsoSession } from "./provider/sso-sessions.ts"
export type { User, UserDirectory, UserOptions, UserPatch } from "./provider/users.ts"
