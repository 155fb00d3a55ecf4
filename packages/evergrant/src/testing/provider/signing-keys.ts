/** The keys that an embedded provider signs with. */
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from "jose"
import type { JWK } from "oidc-provider"

/** Signs and verifies with RS256. */
export interface SigningKeys {
  /** The private key in the form that oidc-provider wants. */
  readonly privateJwk: JWK
  sign(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** Signs with a key that is not published, under the name of the one that is. */
  signAsStranger(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** Verifies signature and claims. Rejects when anything is wrong. */
  verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload>
}

const alg = "RS256"

/** Generates a key of its own for one provider. */
export async function createSigningKeys(): Promise<SigningKeys> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  const published = createLocalJWKSet({ keys: [{ ...publicJwk, kid, alg, use: "sig" }] })

  const signWith = (key: CryptoKey, claims: JWTPayload, header?: Partial<JWTHeaderParameters>) =>
    new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(key)

  return Object.freeze({
    privateJwk: { ...(await exportJWK(privateKey)), kty: "RSA", kid, alg, use: "sig" },
    sign: (claims: JWTPayload, header?: Partial<JWTHeaderParameters>) => signWith(privateKey, claims, header),
    async signAsStranger(claims: JWTPayload, header?: Partial<JWTHeaderParameters>) {
      const stranger = await generateKeyPair(alg)
      return signWith(stranger.privateKey, claims, header)
    },
    async verify(token: string, options: JWTVerifyOptions) {
      const { payload } = await jwtVerify(token, published, { algorithms: [alg], ...options })
      return payload
    },
  })
}
