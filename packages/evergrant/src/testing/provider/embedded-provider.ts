/** The facade of the embedded provider. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Seconds } from "../../clock.ts"
import { ConfigurationError } from "../../errors.ts"
import type { ClientOptions, ClientRegistry } from "./clients.ts"
import type { CounterControl } from "./counters.ts"
import type { FaultControl } from "./faults.ts"
import type { LogoutDelivery, LogoutTokenOptions } from "./logout-token-options.ts"
import { mintLogoutToken, sendLogoutToken } from "./logout-tokens.ts"
import { createOidc } from "./oidc.ts"
import { createRealm, type Realm } from "./realm.ts"
import { createListener, type Listener } from "./request-listener.ts"
import { createSessionControl } from "./session-control.ts"
import type { Lifetimes, Rotation, SettingsControl } from "./settings.ts"
import { type SignInOptions, signInByScript } from "./sign-in-driver.ts"
import type { SessionControl } from "./sso-sessions.ts"
import type { UserDirectory, UserOptions } from "./users.ts"

/** How to set up an embedded provider. Everything has a default. */
export interface EmbeddedProviderOptions {
  /** TCP port on 127.0.0.1. Default `0`: any free one. */
  port?: number
  /** Name of the realm, a part of the issuer URL. Default `"demo"`. */
  realm?: string
  /** Registered applications. Default: one, `app` with the secret `app-secret`, at `http://localhost:3000/*`. */
  clients?: readonly ClientOptions[]
  /** Users. Default: `alice` and `bob`, whose passwords are their names. */
  users?: readonly UserOptions[]
  /** What happens to spent refresh tokens. Default `"strict"`. */
  rotation?: Rotation
  /** Lives in whole seconds. Default: access token 60, refresh token 1800, SSO session at most 36000. */
  lifetimes?: Partial<Lifetimes>
  /** Delay before each server-to-server answer, in seconds. Default `0`. */
  latency?: Seconds
  /** Lists the users on the sign-in page, one click each and no password. Default `false`. */
  showUsers?: boolean
  /** Told of errors inside the provider. Default: they go to `console.error`. */
  onServerError?: (error: unknown) => void
}

/** A running OpenID provider that behaves like a Keycloak realm. */
export interface EmbeddedProvider {
  /** `http://localhost:PORT/realms/NAME`. */
  readonly issuer: string
  /** `http://localhost:PORT`: the page for people, and `/control` below it. */
  readonly origin: string
  readonly port: number
  readonly users: UserDirectory
  readonly clients: ClientRegistry
  readonly settings: SettingsControl
  readonly sessions: SessionControl
  readonly faults: FaultControl
  readonly counters: CounterControl
  /** Delay before each server-to-server answer, in seconds. The same as in `settings`. */
  latency: Seconds
  /** Registers one more application. */
  addClient(client: ClientOptions): void
  /** Signs a user in by script and returns the URL at which the application would receive the answer. */
  signIn(options: SignInOptions): Promise<string>
  /** Makes a signed logout token; each part can be wrong on purpose. */
  mintLogoutToken(options?: LogoutTokenOptions): Promise<string>
  /** Posts a logout token to the client's `backchannelLogoutUri`. Resolves to nothing when it has none. */
  sendLogoutToken(clientId: string, token: string): Promise<LogoutDelivery | undefined>
  /** Stops listening and closes every connection, hanging ones included. */
  close(): Promise<void>
}

/**
 * Starts an OpenID provider inside this process, on the loopback interface, for tests and demos. Everything it
 * knows is in memory and belongs to this one instance; many can run side by side.
 *
 * Needs the package `oidc-provider`.
 *
 * @throws {ConfigurationError} `option_invalid`: an option is wrong, or the port is taken.
 *
 * @example
 * ```ts
 * const provider = await createEmbeddedProvider({
 *   clients: [{ id: "app", secret: "s3cret", redirectUris: ["http://localhost:3000/*"] }],
 *   lifetimes: { accessToken: 5 },
 * })
 * provider.users.setRoles("alice", ["user", "admin"])
 * await provider.close()
 * ```
 */
export async function createEmbeddedProvider(
  options: EmbeddedProviderOptions = {},
): Promise<EmbeddedProvider> {
  const name = options.realm ?? "demo"
  if (!/^[\w-]+$/.test(name)) {
    throw new ConfigurationError(
      "option_invalid",
      `The realm name "${name}" is not made of letters, digits, "-" and "_".`,
    )
  }
  let listener: Listener | undefined
  const server = createServer((request, response) => {
    if (listener) listener(request, response)
    else response.writeHead(503, { "retry-after": "1" }).end()
  })
  const port = await listen(server, options.port ?? 0)
  try {
    const realm = await createRealm({
      name,
      origin: `http://localhost:${port}`,
      showUsers: options.showUsers ?? false,
      users: options.users,
      clients: options.clients,
      settings: settingsOf(options),
    })
    const onServerError = options.onServerError ?? ((error: unknown) => console.error(error))
    const oidc = createOidc(realm, onServerError)
    listener = createListener(oidc, realm, onServerError)
    return facade(realm, server, port)
  } catch (error) {
    await close(server)
    throw error
  }
}

function settingsOf({ rotation, lifetimes, latency }: EmbeddedProviderOptions) {
  return {
    ...(rotation === undefined ? {} : { rotation }),
    ...(lifetimes === undefined ? {} : { lifetimes }),
    ...(latency === undefined ? {} : { latency }),
  }
}

function facade(realm: Realm, server: Server, port: number): EmbeddedProvider {
  const { users, clients, settings, faults, counters } = realm
  return Object.freeze({
    issuer: realm.issuer,
    origin: realm.origin,
    port,
    users,
    clients,
    settings,
    faults,
    counters,
    sessions: createSessionControl(realm),
    get latency() {
      return settings.get().latency
    },
    set latency(seconds: Seconds) {
      settings.set({ latency: seconds })
    },
    addClient: (client: ClientOptions) => {
      clients.add(client)
    },
    signIn: signInByScript,
    mintLogoutToken: (options?: LogoutTokenOptions) => mintLogoutToken(realm, options),
    sendLogoutToken: (clientId: string, token: string) => sendLogoutToken(realm, clientId, token),
    async close() {
      faults.clear()
      await close(server)
    },
  })
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new ConfigurationError("option_invalid", `Cannot listen on 127.0.0.1:${port}.`, { cause }))
    })
    try {
      server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port))
    } catch (cause) {
      reject(new ConfigurationError("option_invalid", `port ${port} is not a TCP port.`, { cause }))
    }
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
