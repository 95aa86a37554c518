import { RealmError } from '../errors/index.ts'
import { Reader, Writer } from '../schema/index.ts'

/**
 * Numbered messages between nodes. Every message carries its sender's incarnation and a number that
 * counts up per destination; the receiver drops what it has already seen and what arrives after a
 * later one, so that between two nodes order is kept even where the bus does not keep it. What the
 * bus loses stays lost: requests have deadlines.
 *
 *     version u8 · incarnation text · sequence varint · body
 *
 * Reliable channels (repeat until acknowledged) belong in this file; nobody outside knows of
 * numbers.
 */
export class Channels {
  readonly #incarnation: string
  readonly #sent = new Map<string, number>()
  readonly #received = new Map<string, Peer>()
  readonly #writer = new Writer()

  constructor(incarnation: string) {
    this.#incarnation = incarnation
  }

  /** The next message to `to`, its body written by `body`. */
  seal(to: string, body: (writer: Writer) => void): Uint8Array {
    const sequence = (this.#sent.get(to) ?? 0) + 1
    this.#writer.reset()
    this.#writer.u8(channelVersion)
    this.#writer.text(this.#incarnation)
    this.#writer.varint(sequence)
    body(this.#writer)
    makeRoom(this.#sent)
    this.#sent.set(to, sequence)
    return this.#writer.finish()
  }

  /**
   * Opens what arrived from `from`; undefined where it is a repetition, late, or from a former life
   * of the sender.
   * @throws RealmError `SCHEMA_*` for bytes that no channel sent.
   */
  open(from: string, bytes: Uint8Array): Opened | undefined {
    const reader = new Reader(bytes)
    if (reader.u8() !== channelVersion) {
      throw new RealmError('SCHEMA_MALFORMED', 'The channel has another version.')
    }
    const incarnation = reader.text(64)
    const sequence = reader.varint()
    let peer = this.#received.get(from)
    if (peer === undefined || peer.incarnation !== incarnation) {
      if (peer?.former.includes(incarnation) === true) return undefined
      const former = peer === undefined ? [] : [peer.incarnation, ...peer.former]
      peer = { incarnation, last: 0, former: former.slice(0, formerIncarnationsMax) }
      makeRoom(this.#received)
      this.#received.set(from, peer)
    }
    if (sequence <= peer.last) return undefined
    peer.last = sequence
    return { incarnation, reader }
  }
}

export interface Opened {
  /** The sender's. */
  readonly incarnation: string
  /** Stands at the body. */
  readonly reader: Reader
}

interface Peer {
  readonly incarnation: string
  /** Number of the last message taken. */
  last: number
  /** Incarnations before this one, newest first: what is still on its way from them is void. */
  readonly former: readonly string[]
}

const channelVersion = 1
const peersMax = 4096
const formerIncarnationsMax = 8

/** Forgets the peer met first where there are too many; nodes come and go over months. */
function makeRoom(peers: Map<string, unknown>): void {
  if (peers.size < peersMax) return
  for (const peer of peers.keys()) {
    peers.delete(peer)
    return
  }
}
