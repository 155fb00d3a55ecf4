/** How oidc-provider is set up so that it looks like a Keycloak realm. */
import { randomBytes } from "node:crypto"
import {
  type AdapterFactory,
  type ClientMetadata,
  type Configuration,
  type FindAccount,
  interactionPolicy,
  type KoaContextWithOIDC,
} from "oidc-provider"
import { accessClaims, identityClaims, scopeSet } from "./claims.ts"
import { createMemoryModel } from "./memory-model.ts"
import { errorPage } from "./pages.ts"
import { paths } from "./paths.ts"
import type { Realm } from "./realm.ts"
import { createSessionModel } from "./session-model.ts"

const scopes = "openid profile email roles address phone offline_access"
/** What the browser's own part of the flow may take, and codes: in seconds. */
const interactionLife = 1800
const codeLife = 60
/** Keycloak's "offline session idle". */
const offlineLife = 30 * 24 * 3600
/** Grants have no life of their own: their sessions and tokens have. */
const grantLife = 10 * 365 * 24 * 3600
/** As long as a refresh token of Keycloak's, so that nobody tests with tokens that are too short. */
const refreshTokenBits = 4320

/** The configuration for one realm. */
export function oidcConfiguration(realm: Realm): Configuration {
  const { settings, sessions } = realm
  const lifetime = () => settings.get().lifetimes
  const resource = `${realm.issuer}/account`
  return {
    adapter: adapters(realm),
    jwks: { keys: [realm.keys.privateJwk] },
    scopes: scopes.split(" "),
    // Only for the discovery document. What a token says is decided in claims.ts.
    claims: {
      openid: ["sub", "sid", "auth_time"],
      profile: ["name", "given_name", "family_name", "preferred_username"],
      email: ["email", "email_verified"],
    },
    responseTypes: ["code"],
    clientAuthMethods: ["client_secret_basic", "client_secret_post"],
    conformIdTokenClaims: false,
    allowOmittingSingleRegisteredRedirectUri: false,
    clockTolerance: 0,
    cookies: {
      keys: [randomBytes(32).toString("base64url")],
      // Browsers do not separate cookies by port, so port and path do: an application on localhost never sees them.
      names: cookieNames(new URL(realm.origin).port),
      long: { httpOnly: true, sameSite: "lax", path: `${realm.basePath}/` },
    },
    routes: {
      authorization: paths.authorization,
      token: paths.token,
      jwks: paths.jwks,
      userinfo: paths.userinfo,
      end_session: paths.logout,
      revocation: paths.revocation,
      introspection: paths.introspection,
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ audience: "account", scope: scopes, accessTokenFormat: "jwt" }),
      },
    },
    ttl: {
      AccessToken: (_ctx, token) => sessions.clamp(lifetime().accessToken, token.sessionUid),
      IdToken: (ctx) => sessions.clamp(lifetime().accessToken, ctx.oidc.entities.AccessToken?.sessionUid),
      RefreshToken: (_ctx, token) =>
        token.expiresWithSession ? sessions.clamp(lifetime().refreshToken, token.sessionUid) : offlineLife,
      AuthorizationCode: codeLife,
      Interaction: interactionLife,
      Session: () => lifetime().ssoMax,
      Grant: grantLife,
    },
    formats: {
      bitsOfOpaqueRandomness: (_ctx, token) => (token.kind === "RefreshToken" ? refreshTokenBits : 256),
      customizers: {
        jwt(_ctx, token, jwt) {
          if (token.kind !== "AccessToken") return
          const user = realm.users.bySub(token.accountId)
          const { client_id: azp, ...payload } = jwt.payload
          jwt.header = { typ: "JWT" }
          jwt.payload = {
            ...(user ? accessClaims(user, scopeSet(token.scope)) : {}),
            ...payload,
            azp,
            sid: token.sid,
            typ: "Bearer",
          }
        },
      },
    },
    findAccount: findAccount(realm),
    loadExistingGrant: (ctx) => grantEverything(ctx, resource),
    issueRefreshToken: () => true,
    rotateRefreshToken: () => settings.get().rotation !== "off",
    pkce: { required: () => false },
    clientBasedCORS: () => false,
    interactions: {
      policy: policy(),
      url: (_ctx, interaction) => `${realm.basePath}${paths.signIn}/${interaction.uid}`,
    },
    renderError(ctx, out) {
      ctx.type = "html"
      ctx.body = errorPage(out.error_description ?? out.error)
    },
  }
}

function adapters(realm: Realm): AdapterFactory {
  const sessions = createSessionModel(realm.sessions)
  return (model) => {
    if (model === "Client") {
      const { adapter } = createMemoryModel()
      return { ...adapter, find: async (id) => clientMetadata(realm, id) }
    }
    if (model === "Session") return sessions
    if (model === "RefreshToken") return realm.refreshTokens.adapter
    if (model === "Grant") return realm.grants.adapter
    if (model === "AuthorizationCode") return realm.codes.adapter
    return createMemoryModel().adapter
  }
}

/** The registration in the words of OpenID Connect Dynamic Client Registration. */
function clientMetadata(realm: Realm, id: string): ClientMetadata | undefined {
  const registration = realm.clients.registration(id)
  if (!registration) return undefined
  const { client, secret } = registration
  return {
    client_id: client.id,
    client_secret: secret,
    client_name: client.name,
    redirect_uris: [...client.redirectUris],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
  }
}

function cookieNames(port: string): { session: string; interaction: string; resume: string } {
  return {
    session: `sso_session_${port}`,
    interaction: `sso_interaction_${port}`,
    resume: `sso_resume_${port}`,
  }
}

function findAccount(realm: Realm): FindAccount {
  return (_ctx, sub) => {
    const user = realm.users.bySub(sub)
    if (!user?.enabled) return undefined
    return {
      accountId: user.sub,
      claims: (_use, scope) => ({ ...identityClaims(user, scopeSet(scope)), sub }),
    }
  }
}

/** There is no consent page: whatever is requested is granted, as for a Keycloak client without consent. */
async function grantEverything(ctx: KoaContextWithOIDC, resource: string) {
  const { client, session, account, provider } = ctx.oidc
  if (!client || !session || !account) return undefined
  const { clientId } = client
  const { accountId } = account
  const grantId = session.grantIdFor(clientId)
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant = known?.accountId === accountId ? known : new provider.Grant({ clientId, accountId })
  const requested = [...ctx.oidc.requestParamScopes].join(" ")
  grant.addOIDCScope(requested)
  grant.addResourceScope(resource, requested)
  await grant.save()
  return grant
}

function policy(): interactionPolicy.DefaultPolicy {
  const prompts = interactionPolicy.base()
  prompts.get("consent")?.checks.clear()
  const disabled = new interactionPolicy.Check(
    "account_unavailable",
    "the user of this session is disabled or gone",
    "login_required",
    (ctx) => ctx.oidc.session?.accountId !== undefined && ctx.oidc.account === undefined,
  )
  prompts.get("login")?.checks.add(disabled)
  return prompts
}
