import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js"
import type ProtocolMapperRepresentation from "@keycloak/keycloak-admin-client/lib/defs/protocolMapperRepresentation.js"

/** A confidential client with the authorization code flow and `client_secret_basic`. */
export interface ClientSettings {
  readonly clientId: string
  readonly clientSecret: string
  /** Exact URLs, or with `*` at the end. */
  readonly redirectUris: readonly string[]
  /** Where a browser may be sent after sign-out. Default: the same as `redirectUris`. */
  readonly postLogoutRedirectUris?: readonly string[]
  /** Where logout tokens are posted to (with `sid`). Default: nowhere. */
  readonly backchannelLogoutUrl?: string
  /** User attributes that become claims of the same name in ID token, access token and userinfo. */
  readonly attributeClaims?: readonly string[]
}

/** Makes a client in `realm`. The scopes that Keycloak gives to every new client are left alone. */
export async function provisionClient(
  admin: KeycloakAdminClient,
  realm: string,
  client: ClientSettings,
): Promise<void> {
  await admin.clients.create({
    realm,
    clientId: client.clientId,
    secret: client.clientSecret,
    enabled: true,
    protocol: "openid-connect",
    publicClient: false,
    clientAuthenticatorType: "client-secret",
    standardFlowEnabled: true,
    directAccessGrantsEnabled: false,
    implicitFlowEnabled: false,
    serviceAccountsEnabled: false,
    // On, this would silently switch the back-channel logout off.
    frontchannelLogout: false,
    redirectUris: [...client.redirectUris],
    attributes: {
      "post.logout.redirect.uris": (client.postLogoutRedirectUris ?? client.redirectUris).join("##"),
      "backchannel.logout.session.required": "true",
      ...(client.backchannelLogoutUrl ? { "backchannel.logout.url": client.backchannelLogoutUrl } : {}),
    },
    protocolMappers: (client.attributeClaims ?? []).map(attributeMapper),
  })
}

/** Changes the secret at the provider only: the application still holds the old one. */
export async function changeClientSecret(
  admin: KeycloakAdminClient,
  realm: string,
  clientId: string,
  secret: string,
): Promise<void> {
  const [client] = await admin.clients.find({ realm, clientId })
  if (!client?.id) throw new Error(`Realm "${realm}" has no client "${clientId}".`)
  await admin.clients.update({ realm, id: client.id }, { ...client, secret })
}

function attributeMapper(attribute: string): ProtocolMapperRepresentation {
  return {
    name: attribute,
    protocol: "openid-connect",
    protocolMapper: "oidc-usermodel-attribute-mapper",
    config: {
      "user.attribute": attribute,
      "claim.name": attribute,
      "jsonType.label": "String",
      "id.token.claim": "true",
      "access.token.claim": "true",
      "userinfo.token.claim": "true",
    },
  }
}
