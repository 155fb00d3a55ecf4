/** The oidc-provider instance behind one realm, with the few things adjusted that its configuration cannot say. */
import { randomUUID } from "node:crypto"
import type { EventEmitter } from "node:events"
import Provider from "oidc-provider"
import { oidcConfiguration } from "./oidc-configuration.ts"
import type { Realm } from "./realm.ts"
import { redirectAllowed } from "./redirect-pattern.ts"
import { shapeTokenAnswers } from "./token-answers.ts"

/** Creates the instance. Its model classes are its own, so that adjusting them touches no other instance. */
export function createOidc(realm: Realm, onServerError: (error: unknown) => void): Provider {
  const oidc = new Provider(realm.issuer, oidcConfiguration(realm))
  adjustClients(oidc, realm)
  adjustSessions(oidc)
  adjustIdTokens(oidc)
  shapeTokenAnswers(oidc, realm)
  oidc.on("server_error", (_ctx, error) => onServerError(error))
  // Koa prints what reaches it unless somebody listens; the types of oidc-provider leave this event out.
  const koa: EventEmitter = oidc
  koa.on("error", onServerError)
  return oidc
}

function adjustClients({ Client }: Provider, realm: Realm): void {
  Client.prototype.redirectUriAllowed = function (uri) {
    return redirectAllowed(realm.clients.get(this.clientId)?.redirectUris ?? [], uri)
  }
  Client.prototype.includeSid = () => true
}

/** At Keycloak all clients of one browser share one `sid`; oidc-provider makes one for each. */
function adjustSessions({ Session }: Provider): void {
  Session.prototype.ensureClientContainer = function (clientId) {
    if (this.sidFor(clientId) === undefined) this.sidFor(clientId, this.uid)
  }
}

/** Custom attributes are claims, too. oidc-provider knows only those that were configured at the start. */
function adjustIdTokens({ IdToken }: Provider): void {
  IdToken.prototype.payload = async function () {
    const { acr: _acr, amr: _amr, ...claims } = { ...this.available, ...this.extra }
    return { ...claims, azp: this.client.clientId, jti: randomUUID(), typ: "ID" }
  }
}
