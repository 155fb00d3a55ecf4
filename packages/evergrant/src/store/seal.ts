/**
 * Encryption at rest. A sealed value is `eg1.KEYID.IV.CIPHERTEXT`: AES-256-GCM under a key that is derived (HKDF,
 * RFC 5869) from one secret and one purpose. The associated data names the place that the value belongs to, so
 * that a value copied to another row, or an older copy of the same row, does not open.
 */
import type { RandomBytes } from "../clock.ts"
import { ConfigurationError, StoreError } from "../errors.ts"

const format = "eg1"

/** What a value is for. Each purpose has keys of its own. */
export type SealPurpose = "login" | "grant.tokens" | "grant.claims" | "data" | "outbox" | "account"

/** The place that a sealed value belongs to, in order: ids, and the generation, revision or version. */
export type SealPlace = readonly (string | number)[]

export interface Sealer {
  /** Seals under the first secret. */
  seal(purpose: SealPurpose, place: SealPlace, value: unknown): Promise<string>
  /**
   * Opens what was sealed for exactly this purpose and place, under any of the secrets.
   *
   * @throws {StoreError} `record_unreadable`: altered, moved, older, of an unknown key or of a newer format.
   */
  open(purpose: SealPurpose, place: SealPlace, sealed: string): Promise<unknown>
}

/**
 * Makes a sealer.
 *
 * @param secrets The first seals, all open: put a new secret in front to rotate.
 * @param namespace Part of every place: applications that share a database cannot open each other's values.
 */
export function createSealer(secrets: readonly string[], namespace: string, random: RandomBytes): Sealer {
  const keys = new Map<string, Promise<CryptoKey>>()
  const ids = secrets.map((secret) => deriveKeyId(secret))

  const keyFor = (index: number, purpose: SealPurpose): Promise<CryptoKey> => {
    const name = `${index} ${purpose}`
    let key = keys.get(name)
    if (!key) {
      key = deriveKey(secrets[index] ?? "", purpose)
      keys.set(name, key)
    }
    return key
  }

  return {
    async seal(purpose, place, value) {
      const iv = random(12)
      const ciphertext = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv: iv.slice(), additionalData: associatedData(namespace, purpose, place) },
        await keyFor(0, purpose),
        new TextEncoder().encode(JSON.stringify(value)),
      )
      return [format, await ids[0], toText(iv), toText(new Uint8Array(ciphertext))].join(".")
    },

    async open(purpose, place, sealed) {
      const [version, keyId, iv, ciphertext, ...rest] = sealed.split(".")
      if (version !== format || !keyId || !isText(iv) || !isText(ciphertext) || rest.length > 0)
        throw unreadable("its format is unknown")
      const known = await Promise.all(ids)
      const index = known.indexOf(keyId)
      if (index < 0) throw unreadable("its key is not among the configured secrets")
      try {
        const plain = await crypto.subtle.decrypt(
          { name: "AES-GCM", iv: fromText(iv), additionalData: associatedData(namespace, purpose, place) },
          await keyFor(index, purpose),
          fromText(ciphertext),
        )
        return JSON.parse(new TextDecoder().decode(plain))
      } catch {
        // No cause: what a failed decryption says is of no use, and of no business to a log.
        throw unreadable("it was altered, moved or replaced by an older copy")
      }
    },
  }
}

/**
 * Tells whether `value` looks like what a sealer made, of whatever key and format: what a newer version sealed must
 * never pass for a token. No token that a provider issues begins so.
 */
export function isSealed(value: string): boolean {
  return /^eg\d+\./.test(value)
}

/**
 * Refuses secrets that can be guessed.
 *
 * @throws {ConfigurationError} `option_invalid`: none, or (in production) too short or too uniform.
 */
export function checkSecrets(secrets: readonly string[], production: boolean): void {
  if (secrets.length === 0 || secrets.some((secret) => secret === "")) {
    throw new ConfigurationError(
      "option_invalid",
      "AUTH_SECRET is not set. Run `npx auth secret` and restart.",
    )
  }
  const weak = secrets.some((secret) => secret.length < 32 || new Set(secret).size < 8)
  if (weak && production) {
    throw new ConfigurationError(
      "option_invalid",
      "AUTH_SECRET is too weak for production: use at least 32 random characters, as `npx auth secret` makes them.",
    )
  }
}

function unreadable(why: string): StoreError {
  return new StoreError("record_unreadable", `A stored record cannot be opened: ${why}.`)
}

/** JSON keeps the parts apart: no two places have the same text. */
function associatedData(namespace: string, purpose: SealPurpose, place: SealPlace): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([format, namespace, purpose, ...place]))
}

async function deriveKeyId(secret: string): Promise<string> {
  const bits = await crypto.subtle.deriveBits(hkdf("key id"), await importSecret(secret, "deriveBits"), 64)
  return toText(new Uint8Array(bits))
}

async function deriveKey(secret: string, purpose: SealPurpose): Promise<CryptoKey> {
  const base = await importSecret(secret, "deriveKey")
  return crypto.subtle.deriveKey(hkdf(`seal ${purpose}`), base, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ])
}

function importSecret(secret: string, usage: "deriveBits" | "deriveKey"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", new TextEncoder().encode(secret), "HKDF", false, [usage])
}

function hkdf(info: string): HkdfParams {
  return {
    name: "HKDF",
    hash: "SHA-256",
    salt: new TextEncoder().encode("evergrant"),
    info: new TextEncoder().encode(`${format} ${info}`),
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url")
}

/** Whether this is how {@link toText} would spell it: decoding alone overlooks a character too many. */
function isText(text: string | undefined): text is string {
  return text !== undefined && text !== "" && toText(fromText(text)) === text
}

function fromText(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "base64url"))
}
