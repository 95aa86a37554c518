import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  hash,
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
          return sealUnder(createHmac('sha256', shared).update(context).digest())
        },
      }
    },
  }
}

const hashBytes = 32
/** Block of SHA-256. */
const blockBytes = 64
/** What is copied to be hashed in one call; longer messages are hashed where they lie. */
const copiedBytesMax = 4096

/**
 * HMAC-SHA-256 (RFC 2104). Most messages are short; for these an object of the host costs five
 * times what its two hashes do.
 */
function sealUnder(key: Uint8Array): Seal {
  const secret = createSecretKey(key)
  const inner = Buffer.alloc(blockBytes + copiedBytesMax)
  const outer = Buffer.alloc(blockBytes + hashBytes)
  for (let index = 0; index < blockBytes; index += 1) {
    inner[index] = 0x36 ^ (key[index] ?? 0)
    outer[index] = 0x5c ^ (key[index] ?? 0)
  }
  return (bytes) => {
    if (bytes.length > copiedBytesMax) {
      return createHmac('sha256', secret).update(bytes).digest().subarray(0, sealBytes)
    }
    inner.set(bytes, blockBytes)
    // As text, since a buffer for each would cost more than the hash.
    const first = hash('sha256', inner.subarray(0, blockBytes + bytes.length), 'latin1')
    outer.write(first, blockBytes, 'latin1')
    return Buffer.from(hash('sha256', outer, 'latin1'), 'latin1').subarray(0, sealBytes)
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
