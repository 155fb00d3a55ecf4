/**
 * A silent sign-in that is under way, from its start to its callback: a short-lived cookie, encrypted as the session
 * cookie is. Nothing in the callback's address decides that a sign-in is a silent one.
 */
import { decode, encode } from "@auth/core/jwt"
import type { SilentOffer } from "../../silent/offer.ts"
import { hashSecret } from "../../tokens/token-hash.ts"
import type { Binding } from "../binding.ts"
import type { SessionCookie } from "../session-cookie.ts"

/** Must not start like the session cookie, or Auth.js would take it for a part of that. */
const name = "evergrant.silent"

/** Seconds: as long as Auth.js's own cookies of a sign-in, so that none of them outlives this one. */
const life = 900

export interface SilentSignIn {
  /** Whom it may bring back. */
  lost: SilentOffer
  /** The path of the page that it goes back to. */
  returnTo: string
}

/** Makes the cookie. @param state As it stands in the address of the provider. */
export async function silentCookie(
  { config }: Binding,
  { lost, returnTo }: SilentSignIn,
  state: string,
  secure: boolean,
): Promise<SessionCookie> {
  const token = { lost, returnTo, state: await hashSecret(state) }
  const value = await encode({ token, secret: config.secret ?? "", salt: name, maxAge: life })
  return cookie(value, secure, life)
}

/** Removes the cookie: it is good for one callback, whatever comes of it. */
export function forgottenSilentCookie(secure: boolean): SessionCookie {
  return cookie("", secure, 0)
}

/**
 * Reads whether a callback ends a silent sign-in of this browser: the cookie is ours, and provider and `state` are those
 * of its start. Hashes are compared, which tells nothing by the time that it takes.
 *
 * @param provider The Auth.js id in the callback's address.
 */
export async function readSilentSignIn(
  { config }: Binding,
  address: URL,
  provider: string,
  cookieHeader: string,
): Promise<SilentSignIn | undefined> {
  const pair = cookieHeader.split(/;\s*/).find((one) => one.startsWith(`${name}=`))
  const token = pair?.slice(name.length + 1)
  const state = address.searchParams.get("state")
  if (!token || !state) return undefined
  const held = await decode({ token, secret: config.secret ?? "", salt: name }).catch(() => null)
  if (!held || held.state !== (await hashSecret(state))) return undefined
  const { lost, returnTo } = held as unknown as SilentSignIn
  return lost.provider === provider ? { lost, returnTo } : undefined
}

function cookie(value: string, secure: boolean, maxAge: number): SessionCookie {
  return { name, value, options: { httpOnly: true, sameSite: "lax", path: "/", secure, maxAge } }
}
