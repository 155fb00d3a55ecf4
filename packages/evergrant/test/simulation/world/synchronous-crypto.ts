/**
 * WebCrypto without its thread pool. There an answer comes when a thread has time, so that the order of things would
 * depend on the machine. Here each call is done when it returns: hashes are real, and what is sealed stays readable
 * under a checksum of key, place and content, so that a value that was moved or is older still does not open.
 */
import { hash } from "node:crypto"

/** A key is known by what it was derived from. */
interface NamedKey {
  name: string
}

type Bytes = Uint8Array<ArrayBuffer>

const tagLength = 16

const methods = {
  digest: async (_algorithm: string, data: Bytes) => sha256(data),
  importKey: async (_format: string, data: Bytes): Promise<NamedKey> => ({ name: toText(sha256(data)) }),
  deriveKey: async ({ info }: { info: Bytes }, base: NamedKey): Promise<NamedKey> => ({
    name: toText(sha256(Buffer.concat([Buffer.from(base.name), info]))),
  }),
  deriveBits: async ({ info }: { info: Bytes }, base: NamedKey, length: number) =>
    sha256(Buffer.concat([Buffer.from(base.name), info])).slice(0, length / 8),
  encrypt: async ({ additionalData }: { additionalData: Bytes }, key: NamedKey, data: Bytes) =>
    Uint8Array.from(Buffer.concat([checksum(key, additionalData, data), data])),
  async decrypt({ additionalData }: { additionalData: Bytes }, key: NamedKey, sealed: Bytes) {
    const data = sealed.subarray(tagLength)
    if (!checksum(key, additionalData, data).equals(sealed.subarray(0, tagLength))) {
      throw new Error("It does not open.")
    }
    return data
  },
}

/** Puts it in place of `crypto.subtle`, for good: a thread that simulates does nothing else. Returns the way back. */
export function installSynchronousCrypto(): () => void {
  const known = Object.getOwnPropertyDescriptor(globalThis.crypto, "subtle")
  Object.defineProperty(globalThis.crypto, "subtle", { value: methods, configurable: true })
  return () => {
    if (known) Object.defineProperty(globalThis.crypto, "subtle", known)
    else Reflect.deleteProperty(globalThis.crypto, "subtle")
  }
}

function checksum({ name }: NamedKey, place: Bytes, data: Bytes): Buffer {
  return Buffer.from(sha256(Buffer.concat([Buffer.from(name), place, data])).subarray(0, tagLength))
}

function sha256(data: Uint8Array): Bytes {
  return Uint8Array.from(hash("sha256", data, "buffer"))
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url")
}
