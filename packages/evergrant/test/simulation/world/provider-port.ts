/** The provider as one process reaches it: an injected `fetch` whose every request is a wish like any other. */
import type { Fetch } from "../../../src/clock.ts"
import { judgePresentation } from "../judge/judge-presentation.ts"
import { fingerprint, type KnownLogin, type Presentation } from "../judge/ledger.ts"
import { ask } from "./ask.ts"
import type { Delivery } from "./operation.ts"
import { accessTokenLife } from "./plan.ts"
import { accessTokenOf, type IssuedToken, issuer } from "./rotating-provider.ts"
import { type SimulatedProcess, schedulerOf } from "./simulated-process.ts"
import type { World } from "./world.ts"

/** An answer, before it is made into a `Response` in the process that receives it. */
export interface Answer {
  status: number
  body?: Record<string, unknown>
}

/** Makes the port of a process. */
export function providerPort(world: World, process: SimulatedProcess): Fetch {
  const fetch: Fetch = async (url, init) => {
    const path = url.slice(issuer.length)
    const form = new URLSearchParams(init?.body instanceof URLSearchParams ? init.body : "")
    const request = prepare(world, process, path, form)
    const { operation, answer } = ask(world, process, { kind: "provider", ...request })
    init?.signal?.addEventListener("abort", () => {
      if (!operation.awaited) return
      operation.awaited = false
      operation.onDelivery?.("given up")
      operation.settle({ error: init.signal?.reason })
    })
    const { status, body } = (await answer) as Answer
    return body === undefined ? new Response(null, { status }) : Response.json(body, { status })
  }
  return world.planted?.inFetch?.(fetch, schedulerOf(process.timers, world.now)) ?? fetch
}

interface Request {
  name: string
  effect(): Answer
  onDelivery?(what: Delivery): void
}

function prepare(world: World, process: SimulatedProcess, path: string, form: URLSearchParams): Request {
  const text = form.get("refresh_token") ?? form.get("token") ?? ""
  const token = world.provider.find(text)
  switch (path) {
    case "/.well-known/openid-configuration":
      return { name: "discovery", effect: () => ({ status: 200, body: metadata }) }
    case "/token":
      return refresh(world, process, token, text)
    case "/revoke":
      return revoke(world, token, text)
    case "/protocol/openid-connect/logout":
      return {
        name: `logout ${text}`,
        effect() {
          if (token) world.provider.end(token.session, "logged out")
          return { status: 204 }
        },
      }
    default:
      throw new Error(`Nothing is served at ${path}.`)
  }
}

const metadata = {
  issuer,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/revoke`,
  end_session_endpoint: `${issuer}/protocol/openid-connect/logout`,
}

function refresh(
  world: World,
  process: SimulatedProcess,
  token: IssuedToken | undefined,
  text: string,
): Request {
  const { ledger, plan, provider } = world
  const login = token && loginOf(world, token)
  if (!login || !token) {
    ledger.violate("unknown token sent", text)
    return { name: `token ${text}`, effect: () => ({ status: 400, body: { error: "invalid_grant" } }) }
  }
  const presentation = judgePresentation(ledger, plan, login, process, token, world.now())
  return {
    name: `token ${text}`,
    effect() {
      const issued = provider.refresh(text)
      if (!issued) return { status: 400, body: { error: "invalid_grant" } }
      ledger.tokensByHash.set(fingerprint(issued.text), issued)
      presentation.issued = issued
      presentation.issuedAtStep = ledger.step
      return { status: 200, body: tokenAnswer(issued) }
    },
    onDelivery: (what) => noteAnswer(presentation, ledger.step, what),
  }
}

/** The session's tokens as the token endpoint answers them. No ID token: see docs/simulation.md. */
export function tokenAnswer(issued: IssuedToken): Record<string, unknown> {
  return {
    access_token: accessTokenOf(issued),
    refresh_token: issued.text,
    token_type: "Bearer",
    expires_in: accessTokenLife,
  }
}

function noteAnswer(presentation: Presentation, step: number, what: Delivery): void {
  presentation.deliveredAtStep = step
  if (what === "delivered") presentation.answer = "delivered"
  else if (what === "not sent") presentation.answer = "failed"
  else {
    presentation.answer = "lost"
    presentation.excuse ??= `its answer was ${what}`
  }
}

function revoke(world: World, token: IssuedToken | undefined, text: string): Request {
  const { ledger, provider } = world
  return {
    name: `revocation ${text}`,
    effect() {
      if (!token) return { status: 200 }
      const login = loginOf(world, token)
      if (login && !login.ended) ledger.violate("session of a living login revoked", text)
      provider.end(token.session, "revoked")
      return { status: 200 }
    },
    onDelivery(what) {
      if (what !== "delivered") ledger.unrevoked.add(text)
    },
  }
}

function loginOf({ ledger }: World, { session }: IssuedToken): KnownLogin | undefined {
  return [...ledger.logins.values()].find((login) => login.session === session)
}
