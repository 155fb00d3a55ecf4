/** Where Keycloak has its endpoints, relative to the realm. */
import type { FaultEndpoint } from "./faults.ts"

const protocol = "/protocol/openid-connect"

type PathName = FaultEndpoint | "authorization" | "signIn"

/** The routes below `/realms/NAME`. */
export const paths: Readonly<Record<PathName, string>> = Object.freeze({
  authorization: `${protocol}/auth`,
  token: `${protocol}/token`,
  jwks: `${protocol}/certs`,
  userinfo: `${protocol}/userinfo`,
  logout: `${protocol}/logout`,
  revocation: `${protocol}/revoke`,
  introspection: `${protocol}/token/introspect`,
  discovery: "/.well-known/openid-configuration",
  signIn: "/login-actions/authenticate",
})

const serverEndpoints: Readonly<Record<string, FaultEndpoint>> = Object.freeze({
  [paths.token]: "token",
  [paths.userinfo]: "userinfo",
  [paths.jwks]: "jwks",
  [paths.logout]: "logout",
  [paths.revocation]: "revocation",
  [paths.introspection]: "introspection",
  [paths.discovery]: "discovery",
})

/** The endpoint that servers call at this path, if it is one of them. */
export function serverEndpointAt(path: string): FaultEndpoint | undefined {
  return serverEndpoints[path]
}
