import { RealmError } from '../errors/index.ts'
import { Reader, type Writer } from '../schema/index.ts'
import { type Seal, sealBytes } from './identity.ts'

/**
 * What travels on the bus between two nodes.
 *
 *     version u8 · type u8 · …
 *     look      —                                    a hint, from anybody: look at the leases
 *     hello     incarnation · cookie · exchange      may we open a link?
 *     welcome   echo · incarnation · cookie · exchange · signature
 *     proof     echo · signature
 *     data      cookie · acknowledgements · frames · seal
 *     reset     cookie                               nothing is known of this cookie
 *
 * A cookie is eight random bytes that a node chooses for one handshake; every later message to it
 * carries that cookie, so that what belongs to an earlier link or life is void.
 */
export const packetType = { look: 0, hello: 1, welcome: 2, proof: 3, data: 4, reset: 5 } as const

/** Raised whenever a node of the version before could no longer read what is sent. */
const packetVersion = 3
export const cookieBytes = 8
/** Version, type and cookie. */
const packetHeadBytes = 2 + cookieBytes
/** A public key or a signature at its longest. */
const keyBytesMax = 128

export interface Hello {
  readonly incarnation: string
  readonly cookie: Uint8Array
  /** Half of a key agreement; empty where nothing is signed. */
  readonly exchange: Uint8Array
}

export interface Welcome extends Hello {
  /** The cookie of the hello. */
  readonly echo: Uint8Array
  readonly signature: Uint8Array
}

export interface Proof {
  /** The cookie of the welcome. */
  readonly echo: Uint8Array
  readonly signature: Uint8Array
}

export function beginPacket(writer: Writer, type: number): void {
  writer.reset()
  writer.u8(packetVersion)
  writer.u8(type)
}

/**
 * Reads up to the type. @throws RealmError `SCHEMA_*` for bytes that no node sent.
 */
export function openPacket(bytes: Uint8Array): { type: number; reader: Reader } {
  const reader = new Reader(bytes)
  if (reader.u8() !== packetVersion) {
    throw new RealmError('SCHEMA_MALFORMED', 'The link has another version.')
  }
  return { type: reader.u8(), reader }
}

/** What stands behind the cookie of a packet with data; undefined where its seal is wrong. */
export function openSealed(bytes: Uint8Array, seal: Seal | undefined): Reader | undefined {
  if (seal === undefined) return new Reader(bytes, packetHeadBytes)
  const end = bytes.length - sealBytes
  if (end < packetHeadBytes) return undefined
  if (!sameBytes(seal(bytes.subarray(0, end)), bytes.subarray(end))) return undefined
  return new Reader(bytes, packetHeadBytes, end)
}

export function writeHello(writer: Writer, hello: Hello): void {
  beginPacket(writer, packetType.hello)
  writer.text(hello.incarnation)
  writer.raw(hello.cookie)
  writer.bytes(hello.exchange)
}

export function readHello(reader: Reader): Hello {
  const hello = readIntroduction(reader)
  reader.end()
  return hello
}

export function writeWelcome(writer: Writer, welcome: Welcome): void {
  beginPacket(writer, packetType.welcome)
  writer.raw(welcome.echo)
  writer.text(welcome.incarnation)
  writer.raw(welcome.cookie)
  writer.bytes(welcome.exchange)
  writer.bytes(welcome.signature)
}

export function readWelcome(reader: Reader): Welcome {
  const echo = readCookie(reader)
  const welcome = { echo, ...readIntroduction(reader), signature: reader.bytes(keyBytesMax) }
  reader.end()
  return welcome
}

export function writeProof(writer: Writer, proof: Proof): void {
  beginPacket(writer, packetType.proof)
  writer.raw(proof.echo)
  writer.bytes(proof.signature)
}

export function readProof(reader: Reader): Proof {
  const proof = { echo: readCookie(reader), signature: reader.bytes(keyBytesMax) }
  reader.end()
  return proof
}

/** A copy: it outlives the message. */
export function readCookie(reader: Reader): Uint8Array {
  return reader.raw(cookieBytes).slice()
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  // Looks at every byte, so that the time taken tells nothing of a seal.
  let difference = 0
  for (let index = 0; index < left.length; index += 1) {
    difference |= (left[index] as number) ^ (right[index] as number)
  }
  return difference === 0
}

function readIntroduction(reader: Reader): Hello {
  return {
    incarnation: reader.text(64),
    cookie: readCookie(reader),
    exchange: reader.bytes(keyBytesMax),
  }
}
