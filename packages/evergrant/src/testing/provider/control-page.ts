/** The page at the provider's root: everything that can be switched, for people. */
import { randomBytes } from "node:crypto"
import type { ServerResponse } from "node:http"
import { controlScript } from "./control-script.ts"
import { sendPage } from "./exchange.ts"
import { html, type Markup, verbatim } from "./html.ts"
import { page } from "./pages.ts"
import type { Realm } from "./realm.ts"
import type { User } from "./users.ts"

/** Sends the page. Its only script is our own. */
export function sendControlPage(realm: Realm, response: ServerResponse): void {
  const nonce = randomBytes(16).toString("base64")
  const body = html`<main>
<h1>OpenID provider</h1><p class="quiet">Issuer <code>${realm.issuer}</code> · realm <strong>${realm.name}</strong> · for tests and demos only</p>
<p class="notice" id="failure" hidden></p>
<h2>Users</h2><p class="quiet">Changes are in the tokens of the next refresh; roles in the access token only.</p>
${realm.users.list().map(userCard)}
<h2>Tokens and sessions</h2>${settingsForm(realm)}
<h2>Faults</h2>${faultForm(realm)}
<h2>Sessions</h2>${sessionTable(realm)}
<h2>Counters</h2>${counterTable(realm)}
<h2>Clients</h2>${clientTable(realm)}
</main>
<script nonce="${nonce}">${verbatim(controlScript)}</script>`
  sendPage(response, 200, page("OpenID provider", body), {
    "content-security-policy":
      `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; connect-src 'self'; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  })
}

function userCard(user: User): Markup {
  const action = `/control/users/${encodeURIComponent(user.username)}`
  return html`<form class="card" data-control="${action}">
<strong>${user.username}</strong> <small><code>${user.sub}</code></small>
<div class="row">${textField("Given name", "givenName", user.givenName)}${textField("Family name", "familyName", user.familyName)}
${textField("E-mail", "email", user.email)}
<label><span>Roles</span><input name="roles" data-kind="list" value="${user.roles.join(", ")}"></label></div>
<label><span>Attributes (JSON)</span><textarea name="attributes" data-kind="attributes" rows="3">${JSON.stringify(user.attributes, null, 1)}</textarea></label>
<label class="inline"><input type="checkbox" name="enabled" data-kind="flag"${checked(user.enabled)}> Enabled</label>
<button class="primary">Save</button></form>`
}

function settingsForm(realm: Realm): Markup {
  const { rotation, lifetimes, latency } = realm.settings.get()
  const kind = typeof rotation === "string" ? rotation : rotation.kind
  const window = typeof rotation === "string" ? 30 : rotation.seconds
  return html`<form class="card row" data-control="/control/settings">
<label><span>Rotation</span><select name="rotation" data-kind="rotation">${options(["strict", "reuse-window", "off"], kind)}</select></label>
${numberField("Reuse window (s)", "window", window, "1")}
${numberField("Access token (s)", "lifetimes.accessToken", lifetimes.accessToken, "1")}
${numberField("Refresh token, SSO idle (s)", "lifetimes.refreshToken", lifetimes.refreshToken, "1")}
${numberField("SSO max (s)", "lifetimes.ssoMax", lifetimes.ssoMax, "1")}
${numberField("Latency (s)", "latency", latency, "any")}
<button class="primary">Apply</button></form>`
}

function faultForm(realm: Realm): Markup {
  const kinds = ["503", "429", "500", "html", "empty", "reset", "hang", "lost-answer"]
  const endpoints = ["token", "userinfo", "jwks", "discovery", "logout", "revocation", "introspection", "all"]
  const active = realm.faults
    .list()
    .map(
      (fault) => html`<li><strong>${fault.kind}</strong> at ${fault.endpoint}, hit ${fault.hits} times</li>`,
    )
  return html`<form class="card row" data-control="/control/faults">
<label><span>What</span><select name="kind">${options(kinds, "503")}</select></label>
<label><span>Where</span><select name="endpoint">${options(endpoints, "token")}</select></label>
${numberField("Times (empty: always)", "times", undefined, "1")}
${numberField("Hang for (s)", "seconds", undefined, "any")}
${numberField("Retry-After (s)", "retryAfter", undefined, "1")}
<button class="primary">Inject</button></form>
<form data-control="/control/faults/clear">${active.length > 0 ? html`<ul>${active}</ul>` : html`<p class="quiet">No fault is set.</p>`}<button>Clear all</button></form>`
}

function sessionTable(realm: Realm): Markup {
  const rows = realm.sessions.list().map((session) => {
    const name = realm.users.bySub(session.sub)?.username ?? session.sub
    const left = Math.round(realm.sessions.timeLeft(session.sid))
    return html`<tr><td>${name}</td><td><code>${session.sid}</code></td><td>${session.clientIds.join(", ")}</td><td>${left} s</td>
<td><form data-control="/control/sessions/end"><input type="hidden" name="sid" value="${session.sid}"><button>End</button></form></td></tr>`
  })
  if (rows.length === 0) return html`<p class="quiet">Nobody is signed in.</p>`
  return html`<table><tr><th>User</th><th>sid</th><th>Clients</th><th>Left</th><th></th></tr>${rows}</table>`
}

function counterTable(realm: Realm): Markup {
  const rows = Object.entries(realm.counters.get()).map(
    ([name, value]) => html`<tr><td>${name}</td><td data-counter="${name}">${value}</td></tr>`,
  )
  return html`<table>${rows}</table><form data-control="/control/counters/reset"><button>Reset</button></form>`
}

function clientTable(realm: Realm): Markup {
  const rows = realm.clients
    .list()
    .map(
      (client) =>
        html`<tr><td><code>${client.id}</code></td><td>${client.redirectUris.join(" ")}</td><td>${client.backchannelLogoutUri ?? "no back-channel logout"}</td></tr>`,
    )
  return html`<table>${rows}</table>`
}

function textField(label: string, name: string, value: string): Markup {
  return html`<label><span>${label}</span><input name="${name}" value="${value}"></label>`
}

function numberField(label: string, name: string, value: number | undefined, step: string): Markup {
  return html`<label><span>${label}</span><input type="number" min="0" step="${step}" name="${name}" data-kind="number" value="${value}"></label>`
}

function options(names: readonly string[], chosen: string): readonly Markup[] {
  return names.map(
    (name) => html`<option${name === chosen ? verbatim(" selected") : undefined}>${name}</option>`,
  )
}

function checked(on: boolean): Markup | undefined {
  return on ? verbatim(" checked") : undefined
}
