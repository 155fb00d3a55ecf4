/** The applications that an embedded provider knows. */
import { createHash, timingSafeEqual } from "node:crypto"
import { ConfigurationError } from "../../errors.ts"
import { isRedirectPattern } from "./redirect-pattern.ts"

/** An application to register. */
export interface ClientOptions {
  id: string
  secret: string
  /** Shown on the sign-in page. Default: the id. */
  name?: string
  /** Compared exactly; a trailing `*` stands for any rest, as at Keycloak. */
  redirectUris: readonly string[]
  /** As `redirectUris`. Default: the same list. */
  postLogoutRedirectUris?: readonly string[]
  /** Where logout tokens are posted when a session ends. Default: none are sent. */
  backchannelLogoutUri?: string
  /**
   * How the application proves its secret. `client_secret_basic` and `client_secret_post` are both accepted,
   * whichever of the two is named. Default `"client_secret_basic"`.
   */
  tokenEndpointAuthMethod?: "client_secret_basic" | "client_secret_post"
}

/** A registered application. The secret stays inside. */
export interface Client {
  readonly id: string
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly backchannelLogoutUri?: string
  readonly tokenEndpointAuthMethod: "client_secret_basic" | "client_secret_post"
}

/** Reads and changes the registered applications. Changes count from the next request on. */
export interface ClientRegistry {
  add(client: ClientOptions): Client
  get(id: string): Client | undefined
  list(): readonly Client[]
  /** Changes a registration. A new `secret` makes the application's next token request fail with 401. */
  update(id: string, patch: Partial<Omit<ClientOptions, "id">>): Client
  /** Removes the registration. Returns whether there was one. */
  remove(id: string): boolean
}

/** What the provider itself needs on top of {@link ClientRegistry}. */
export interface ClientAccounts extends ClientRegistry {
  /** The client with this id and secret, if there is one. */
  authenticate(id: string, secret: string): Client | undefined
  /** The registration with its secret. */
  registration(id: string): { readonly client: Client; readonly secret: string } | undefined
}

/** The one application that exists when none is given. */
const defaultClient: ClientOptions = Object.freeze({
  id: "app",
  secret: "app-secret",
  name: "Your application",
  redirectUris: Object.freeze(["http://localhost:3000/*"]),
})

/** Creates the registry of one provider. */
export function createClientAccounts(clients: readonly ClientOptions[] = [defaultClient]): ClientAccounts {
  const registered = new Map<string, { options: ClientOptions; client: Client }>()

  const register = (options: ClientOptions): Client => {
    checkClient(options)
    const client = toClient(options)
    registered.set(options.id, { options: { ...options }, client })
    return client
  }
  const add = (options: ClientOptions): Client => {
    if (registered.has(options.id)) {
      throw new ConfigurationError("option_invalid", `The client "${options.id}" exists already.`)
    }
    return register(options)
  }

  for (const client of clients) add(client)
  return Object.freeze({
    add,
    get: (id: string) => registered.get(id)?.client,
    list: () => [...registered.values()].map(({ client }) => client),
    update(id: string, patch: Partial<Omit<ClientOptions, "id">>) {
      const entry = registered.get(id)
      if (!entry) throw new ConfigurationError("option_invalid", `There is no client "${id}".`)
      return register({ ...entry.options, ...patch, id })
    },
    remove: (id: string) => registered.delete(id),
    authenticate(id: string, secret: string) {
      const entry = registered.get(id)
      return entry && timingSafeEqual(sha256(entry.options.secret), sha256(secret)) ? entry.client : undefined
    },
    registration(id: string) {
      const entry = registered.get(id)
      return entry && { client: entry.client, secret: entry.options.secret }
    },
  })
}

function toClient(options: ClientOptions): Client {
  return Object.freeze({
    id: options.id,
    name: options.name ?? options.id,
    redirectUris: Object.freeze([...options.redirectUris]),
    postLogoutRedirectUris: Object.freeze([...(options.postLogoutRedirectUris ?? options.redirectUris)]),
    ...(options.backchannelLogoutUri ? { backchannelLogoutUri: options.backchannelLogoutUri } : {}),
    tokenEndpointAuthMethod: options.tokenEndpointAuthMethod ?? "client_secret_basic",
  })
}

function checkClient(options: ClientOptions): void {
  if (!options.id) throw new ConfigurationError("option_invalid", "A client needs an id.")
  if (!options.secret) {
    throw new ConfigurationError("option_invalid", `The client "${options.id}" needs a secret.`)
  }
  if (options.redirectUris.length === 0) {
    throw new ConfigurationError("option_invalid", `The client "${options.id}" needs a redirect URI.`)
  }
  for (const uri of [...options.redirectUris, ...(options.postLogoutRedirectUris ?? [])]) {
    if (isRedirectPattern(uri)) continue
    throw new ConfigurationError(
      "option_invalid",
      `"${uri}" of the client "${options.id}" is not an http(s) URL; "*" may only stand at the end of its path.`,
    )
  }
  if (options.backchannelLogoutUri !== undefined && !URL.canParse(options.backchannelLogoutUri)) {
    throw new ConfigurationError(
      "option_invalid",
      `backchannelLogoutUri of the client "${options.id}" is not a URL: "${options.backchannelLogoutUri}".`,
    )
  }
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest()
}
