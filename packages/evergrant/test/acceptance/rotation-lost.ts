/**
 * Twenty logins lose the answer to a rotation. Under strict rotation each is told `rotation_lost`, healed by one silent
 * redirect as the same user, and costs one refused token request. Where the provider lets a spent token be used once
 * more nobody is signed out at all. Against the embedded provider and Keycloak.
 */
import { registerHooks } from "node:module"
import process from "node:process"
import { parseArgs } from "node:util"
import { startKeycloakServer } from "../../../../tools/keycloak/start-keycloak-server.ts"
import { createEmbeddedRealm } from "../providers/embedded.ts"
import { createKeycloakRealm } from "../providers/keycloak.ts"
import type { TestProvider } from "../providers/test-provider.ts"

// next-auth imports Next's modules without an extension, which a bundler resolves and Node does not.
registerHooks({
  resolve: (specifier, context, next) =>
    next(/^next\/(server|headers|navigation)$/.test(specifier) ? `${specifier}.js` : specifier, context),
})
const { createSilentApplication } = await import("../integration/binding/silent-application.ts")
const { appUrl } = await import("../integration/binding/application.ts")

const { values } = parseArgs({ options: { logins: { type: "string", default: "20" } } })
const usernames = Array.from({ length: Number(values.logins) }, (_, index) => (index % 2 ? "bob" : "alice"))

/** A rotation that is lost for good: what is not as it should be. */
async function runStrict(provider: TestProvider): Promise<string[]> {
  await provider.setRotation("strict")
  await provider.resetCounters()
  const app = createSilentApplication(provider)
  const logins = await app.lose(...usernames)
  let healed = 0
  let redirects = 0
  for (const { browser, user } of logins) {
    const { trail } = await app.goTo(browser, "/orders")
    redirects += trail.filter((address) => address.includes("/api/auth/evergrant/silent")).length
    const { trail: again } = await app.goTo(browser, "/orders")
    const refreshed = await browser.postOwn("refresh", {})
    const same = (await browser.session())?.user.id === user
    if (same && again.length === 1 && refreshed.status === 200) healed += 1
  }
  const { succeeded, refused } = await provider.refreshes()
  const ended = app.events.filter(({ type }) => type === "session.ended").length
  await app.close()
  const count = usernames.length
  console.log(
    `${provider.kind}, strict rotation: ${ended} of ${count} told rotation_lost once, ${healed} healed by ` +
      `${redirects} silent redirects, ${refused} token requests refused, ${succeeded} good ones`,
  )
  const offences: string[] = []
  if (ended !== count) offences.push(`${ended} logins ended`)
  if (healed !== count) offences.push(`${count - healed} were not healed`)
  if (redirects !== count) offences.push(`${redirects} silent redirects`)
  if (refused !== count) offences.push(`${refused} token requests were refused`)
  if (succeeded !== 2 * count) offences.push(`${succeeded} token requests succeeded`)
  return offences
}

/** The same where a spent token is good once more. */
async function runWithReuse(provider: TestProvider): Promise<string[]> {
  await provider.setRotation("reuse")
  await provider.resetCounters()
  const app = createSilentApplication(provider)
  const survivors = await app.survive(...usernames)
  const { refused } = await provider.refreshes()
  const ended = app.events.filter(({ type }) => type === "session.ended").length
  await app.close()
  console.log(
    `${provider.kind}, reuse allowed: ${survivors} of ${usernames.length} go on, ${ended} signed out, ${refused} token requests refused`,
  )
  const offences: string[] = []
  if (survivors !== usernames.length) offences.push(`${usernames.length - survivors} did not go on`)
  if (ended > 0) offences.push(`${ended} were signed out`)
  if (refused > 0) offences.push(`${refused} token requests were refused`)
  return offences
}

async function run(provider: TestProvider): Promise<boolean> {
  const offences = [...(await runStrict(provider)), ...(await runWithReuse(provider))]
  for (const offence of offences) console.log(`  ${provider.kind}: ${offence}`)
  await provider.close()
  return offences.length === 0
}

let succeeded = await run(await createEmbeddedRealm({ appUrl }))
const server = await startKeycloakServer()
try {
  succeeded =
    (await run(await createKeycloakRealm({ url: server.url, redirectUris: [`${appUrl}/*`] }))) && succeeded
} finally {
  await server.stop()
}
process.exit(succeeded ? 0 : 1)
