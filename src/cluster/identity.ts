import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  sign,
  verify,
} from 'node:crypto'

/**
 * The cryptography with which nodes prove who they are; see docs/decisions/013. Everything follows
 * from the arguments: randomness is the caller's, so that a simulation repeats itself.
 */
export interface NodeCrypto {
  /** A key pair for signatures, from 32 secret bytes. */
  signer(secret: Uint8Array): Signer
  /** False for anything that is not a signature of these bytes by that key. */
  verify(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean
  /** One side of a key agreement, from 32 secret bytes. */
  exchange(secret: Uint8Array): Exchange
}

export interface Signer {
  readonly publicKey: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

export interface Exchange {
  readonly publicKey: Uint8Array
  /**
   * Seals messages under a key that only the two sides and `context` give.
   * @throws where `theirs` is not a key
   */
  agree(theirs: Uint8Array, context: Uint8Array): Seal
}

/** The keyed checksum of a message: `sealBytes` bytes. */
export type Seal = (bytes: Uint8Array) => Uint8Array

export const sealBytes = 16
export const secretBytes = 32

/** What stands before the raw key in DER (RFC 8410). */
const der = {
  ed25519Private: '302e020100300506032b657004220420',
  ed25519Public: '302a300506032b6570032100',
  x25519Private: '302e020100300506032b656e04220420',
  x25519Public: '302a300506032b656e032100',
} as const

/**
 * Ed25519 signatures, X25519 agreement (RFC 7748), HMAC-SHA-256 cut to 128 bits, all of the host.
 */
export function nodeCrypto(): NodeCrypto {
  return {
    signer: (secret) => {
      const key = privateKey(der.ed25519Private, secret)
      return {
        publicKey: rawPublicKey(key),
        sign: (bytes) => new Uint8Array(sign(null, bytes, key)),
      }
    },
    verify: (key, bytes, signature) => {
      try {
        return verify(null, bytes, publicKey(der.ed25519Public, key), signature)
      } catch {
        // Not a key at all.
        return false
      }
    },
    exchange: (secret) => {
      const key = privateKey(der.x25519Private, secret)
      return {
        publicKey: rawPublicKey(key),
        agree: (theirs, context) => {
          const theirKey = publicKey(der.x25519Public, theirs)
          const shared = diffieHellman({ privateKey: key, publicKey: theirKey })
          const sealKey = createSecretKey(createHmac('sha256', shared).update(context).digest())
          return (bytes) => {
            const digest = createHmac('sha256', sealKey).update(bytes).digest()
            return new Uint8Array(digest.buffer, digest.byteOffset, sealBytes)
          }
        },
      }
    },
  }
}

function privateKey(prefix: string, raw: Uint8Array) {
  const key = Buffer.concat([Buffer.from(prefix, 'hex'), raw])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function publicKey(prefix: string, raw: Uint8Array) {
  const key = Buffer.concat([Buffer.from(prefix, 'hex'), raw])
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

function rawPublicKey(key: ReturnType<typeof createPrivateKey>): Uint8Array {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(spki.length - 32))
}
