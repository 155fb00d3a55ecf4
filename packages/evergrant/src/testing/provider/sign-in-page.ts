/** The page on which people sign in. Plain HTML: it works without JavaScript. */
import type Provider from "oidc-provider"
import { type Exchange, sendPage } from "./exchange.ts"
import { html, type Markup } from "./html.ts"
import { errorPage, page } from "./pages.ts"
import type { Realm } from "./realm.ts"
import type { User } from "./users.ts"

/**
 * Shows the form and takes it. Who may post it is settled by the interaction's own cookie: HttpOnly, SameSite=Lax,
 * and bound to the path of this one sign-in.
 */
export async function handleSignIn(oidc: Provider, realm: Realm, exchange: Exchange): Promise<void> {
  const { request, response, form, method } = exchange
  const details = await oidc.interactionDetails(request, response).catch(() => undefined)
  if (!details) {
    return sendPage(response, 400, errorPage("This sign-in has expired. Please go back to the application."))
  }
  const clientName = realm.clients.get(String(details.params.client_id))?.name ?? "an application"
  const username = form.get("username") ?? stringParameter(details.params.login_hint) ?? ""
  const show = (message?: string) =>
    sendPage(response, 200, signInPage({ clientName, username, message, users: demoUsers(realm) }))

  if (method !== "POST") return show()
  if (form.has("cancel")) return finish(oidc, exchange, { error: "access_denied" })
  const user =
    realm.showUsers && form.has("demo")
      ? realm.users.get(form.get("demo") ?? "")
      : realm.users.authenticate(form.get("username") ?? "", form.get("password") ?? "")
  if (!user?.enabled) return show("Invalid username or password.")
  const current = details.session?.accountId
  if (current !== undefined && current !== user.sub) {
    const name = realm.users.bySub(current)?.username ?? "someone else"
    return show(`You are already signed in as ${name} in this browser. Please sign out first.`)
  }
  return finish(oidc, exchange, { login: { accountId: user.sub, remember: false } })
}

function finish(
  oidc: Provider,
  { request, response }: Exchange,
  result: Parameters<Provider["interactionFinished"]>[2],
): Promise<void> {
  return oidc.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

function demoUsers(realm: Realm): readonly User[] {
  return realm.showUsers ? realm.users.list().filter(({ enabled }) => enabled) : []
}

function stringParameter(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined
}

interface SignInView {
  clientName: string
  username: string
  message: string | undefined
  users: readonly User[]
}

function signInPage({ clientName, username, message, users }: SignInView): string {
  const notice: Markup | undefined =
    message === undefined ? undefined : html`<p class="notice">${message}</p>`
  const shortcuts = users.map(
    (user) => html`<button name="demo" value="${user.username}">Continue as ${user.name}</button>`,
  )
  const demo: Markup | undefined =
    shortcuts.length === 0
      ? undefined
      : html`<form method="post"><p class="quiet">or, as this is a demo:</p>${shortcuts}</form>`
  return page(
    "Sign in",
    html`<main class="narrow">
<h1>Sign in</h1><p>to continue to <strong>${clientName}</strong></p>${notice}
<form method="post" id="sign-in">
<label><span>Username</span><input name="username" value="${username}" autocomplete="username" autofocus required></label>
<label><span>Password</span><input name="password" type="password" autocomplete="current-password" required></label>
<button class="primary">Sign in</button>
</form>${demo}
<form method="post"><button name="cancel" value="1">Cancel</button></form>
</main>`,
  )
}
