import type { Random } from '../ports/index.ts'
import { Writer } from '../schema/index.ts'
import { type Exchange, type NodeCrypto, type Seal, type Signer, secretBytes } from './identity.ts'
import { cookieBytes } from './packet.ts'

/** What makes a node able to prove who it is. */
export interface Credentials {
  readonly crypto: NodeCrypto
  readonly signer: Signer
}

/** A node's part in a handshake. */
export interface Party {
  readonly node: string
  readonly incarnation: string
  readonly cookie: Uint8Array
  readonly exchange: Uint8Array
}

/** The half of a handshake that this node keeps to itself. */
export interface OwnPart {
  readonly cookie: Uint8Array
  readonly exchange: Exchange | undefined
}

const nothing = new Uint8Array(0)

/**
 * The handshake of two nodes. Each signs what both have said, with a fresh cookie and a fresh half
 * of a key agreement from either side (a signed Diffie–Hellman exchange, as in SIGMA), so that
 * neither a recorded handshake nor a foreign key passes. Without credentials nothing is signed or
 * sealed: for a bus that only this process can reach.
 */
export class Handshakes {
  readonly #random: Random
  readonly #credentials: Credentials | undefined

  constructor(random: Random, credentials: Credentials | undefined) {
    this.#random = random
    this.#credentials = credentials
  }

  begin(): OwnPart {
    return {
      cookie: this.#random.bytes(cookieBytes),
      exchange: this.#credentials?.crypto.exchange(this.#random.bytes(secretBytes)),
    }
  }

  publicPart(own: OwnPart): Uint8Array {
    return own.exchange?.publicKey ?? nothing
  }

  sign(role: 'welcome' | 'proof', opener: Party, answerer: Party): Uint8Array {
    return this.#credentials?.signer.sign(transcript(role, opener, answerer)) ?? nothing
  }

  /** Whether `signature` is by the key that the directory lists for the other side. */
  verify(
    role: 'welcome' | 'proof',
    [opener, answerer]: readonly [Party, Party],
    publicKey: Uint8Array,
    signature: Uint8Array,
  ): boolean {
    if (this.#credentials === undefined) return true
    const said = transcript(role, opener, answerer)
    return this.#credentials.crypto.verify(publicKey, said, signature)
  }

  /** What seals the messages after the handshake. @throws where the other's half is none */
  agree(own: OwnPart, opener: Party, answerer: Party): Seal | undefined {
    if (own.exchange === undefined) return undefined
    const theirs = own.cookie === opener.cookie ? answerer : opener
    return own.exchange.agree(theirs.exchange, transcript('seal', opener, answerer))
  }
}

function transcript(role: 'welcome' | 'proof' | 'seal', opener: Party, answerer: Party) {
  const writer = new Writer()
  writer.text(`realmkit node ${role}`)
  for (const { node, incarnation, cookie, exchange } of [opener, answerer]) {
    writer.text(node)
    writer.text(incarnation)
    writer.bytes(cookie)
    writer.bytes(exchange)
  }
  return writer.finish()
}
