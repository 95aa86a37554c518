import type { Chunk } from './frame.ts'

/** A large message of which not all chunks have arrived. */
interface Partial {
  readonly transfer: number
  readonly total: number
  readonly pieces: Uint8Array[]
  bytes: number
}

/**
 * Puts large messages together. Between two nodes order is kept, so each sender has at most one
 * under way, and a chunk that does not fit ends it: the message is lost as a whole.
 */
export class Reassembly<Sender extends object> {
  readonly #partials = new Map<Sender, Partial>()
  readonly #messageBytesMax: number
  readonly #allBytesMax: number
  #allBytes = 0

  /** `allBytesMax` bounds what is held of all senders together. */
  constructor(messageBytesMax: number, allBytesMax: number) {
    this.#messageBytesMax = messageBytesMax
    this.#allBytesMax = allBytesMax
  }

  /** Adds a chunk. @returns the message, when this was its last one. */
  add(sender: Sender, chunk: Chunk): Uint8Array | undefined {
    if (chunk.offset === 0) this.#begin(sender, chunk)
    const partial = this.#partials.get(sender)
    if (partial === undefined) return undefined
    const { transfer, total } = partial
    const fits =
      chunk.transfer === transfer && chunk.total === total && chunk.offset === partial.bytes
    if (!fits || this.#allBytes + chunk.bytes.length > this.#allBytesMax) {
      this.forget(sender)
      return undefined
    }
    partial.pieces.push(chunk.bytes)
    partial.bytes += chunk.bytes.length
    this.#allBytes += chunk.bytes.length
    if (partial.bytes < total) return undefined
    this.forget(sender)
    return joined(partial)
  }

  /** Drops what has arrived of the sender's message. */
  forget(sender: Sender): void {
    this.#allBytes -= this.#partials.get(sender)?.bytes ?? 0
    this.#partials.delete(sender)
  }

  #begin(sender: Sender, { transfer, total }: Chunk): void {
    this.forget(sender)
    if (total > this.#messageBytesMax) return
    this.#partials.set(sender, { transfer, total, pieces: [], bytes: 0 })
  }
}

function joined({ pieces, total }: Partial): Uint8Array {
  const message = new Uint8Array(total)
  let offset = 0
  for (const piece of pieces) {
    message.set(piece, offset)
    offset += piece.length
  }
  return message
}
