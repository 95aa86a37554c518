import { Reader, Writer } from '../schema/index.ts'

const answersMax = 32
/** Bytes of all recorded answers with their ids; the last one is kept whatever its size. */
const answersBytesMax = 64 * 1024
const callIdUnitsMax = 256

const scratch = new Writer(256)

/**
 * Answers of the last calls that changed something, so that a repeated call does not act again.
 * They are part of every commit, so they are kept as they stand in the blob: adding one copies
 * nothing of the others.
 */
export class RecordedAnswers {
  /**
   * By call id, oldest first, the bytes of its entry. Answers are hardly ever asked for again: as
   * objects of their own they would be what the collector has to carry along.
   */
  readonly #sizes = new Map<string, number>()
  /** Encoded answers lie between `#from` and `#to`, oldest first. */
  #encoded = new Uint8Array(64)
  #from = 0
  #to = 0

  find(callId: string): Uint8Array | undefined {
    // Making a text of the id costs more than all else about a call.
    if (this.#sizes.size === 0 || !this.#sizes.has(callId)) return undefined
    let at = this.#from
    for (const [id, size] of this.#sizes) {
      if (id === callId) return answerIn(this.#encoded, at, at + size)
      at += size
    }
    return undefined
  }

  add(callId: string, answer: Uint8Array): void {
    scratch.reset()
    scratch.text(callId)
    scratch.bytes(answer)
    const entry = scratch.view()
    for (const [oldest, size] of this.#sizes) {
      const bytes = this.#to - this.#from + entry.length
      if (this.#sizes.size < answersMax && bytes <= answersBytesMax) break
      this.#sizes.delete(oldest)
      this.#from += size
    }
    if (this.#to + entry.length > this.#encoded.length) this.#makeRoom(entry.length)
    this.#encoded.set(entry, this.#to)
    this.#to += entry.length
    this.#sizes.set(callId, entry.length)
  }

  /** Takes back the answer added last: what it answers was refused. */
  removeLast(callId: string): void {
    const size = this.#sizes.get(callId)
    if (size === undefined) return
    this.#sizes.delete(callId)
    this.#to -= size
  }

  write(writer: Writer): void {
    writer.varint(this.#sizes.size)
    writer.raw(this.#encoded.subarray(this.#from, this.#to))
  }

  read(reader: Reader): void {
    for (let left = reader.varint(); left > 0; left -= 1) {
      this.add(reader.text(callIdUnitsMax), reader.bytes())
    }
  }

  /** Moves what is kept to the front, into a larger buffer where half of this one is in use. */
  #makeRoom(count: number): void {
    const kept = this.#encoded.subarray(this.#from, this.#to)
    const needed = kept.length + count
    if (needed * 2 > this.#encoded.length) {
      const larger = new Uint8Array(needed * 2)
      larger.set(kept)
      this.#encoded = larger
    } else this.#encoded.copyWithin(0, this.#from, this.#to)
    this.#to = kept.length
    this.#from = 0
  }
}

/** A copy of the answer in the entry at `encoded[start, end)`. */
function answerIn(encoded: Uint8Array, start: number, end: number): Uint8Array {
  const reader = new Reader(encoded, start, end)
  reader.raw(reader.varint())
  return reader.bytes()
}
