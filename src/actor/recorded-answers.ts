import { Reader, Writer } from '../schema/index.ts'

const answersMax = 32
/** Bytes of all recorded answers with their ids; the last one is kept whatever its size. */
const answersBytesMax = 64 * 1024
const callIdUnitsMax = 256
/**
 * Beyond those in the blob, answers are remembered at least so long while the activation lives, as
 * a call may be under way: a client waits 15 s, and may just before ask another gate, which waits
 * 10 s.
 */
const rememberedMs = 30_000
const rememberedMax = 16_384
const rememberedBytesMax = 1024 * 1024

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
  /** Of those in the blob, which are the newest. */
  readonly #keptSizes: number[] = []
  #keptFrom = 0
  /** So many of the oldest were there when the time began that `#sinceMs` says. */
  #former = 0
  #sinceMs = Number.NEGATIVE_INFINITY
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

  /** @param nowMs by a clock that never goes back */
  add(callId: string, answer: Uint8Array, nowMs: number): void {
    scratch.reset()
    scratch.text(callId)
    scratch.bytes(answer)
    const entry = scratch.view()
    const kept = this.#keptSizes
    while (kept.length > 0) {
      const bytes = this.#to - this.#keptFrom + entry.length
      if (kept.length < answersMax && bytes <= answersBytesMax) break
      this.#keptFrom += kept.shift() as number
    }
    this.#forget(nowMs)
    if (this.#to + entry.length > this.#encoded.length) this.#makeRoom(entry.length)
    this.#encoded.set(entry, this.#to)
    this.#to += entry.length
    this.#sizes.set(callId, entry.length)
    kept.push(entry.length)
  }

  /** Takes back the answer added last: what it answers was refused. */
  removeLast(callId: string): void {
    const size = this.#sizes.get(callId)
    if (size === undefined) return
    this.#sizes.delete(callId)
    this.#keptSizes.pop()
    this.#to -= size
  }

  write(writer: Writer): void {
    writer.varint(this.#keptSizes.length)
    writer.raw(this.#encoded.subarray(this.#keptFrom, this.#to))
  }

  read(reader: Reader, nowMs: number): void {
    for (let left = reader.varint(); left > 0; left -= 1) {
      this.add(reader.text(callIdUnitsMax), reader.bytes(), nowMs)
    }
  }

  /** Those that are too old or too many, but none of the blob's. */
  #forget(nowMs: number): void {
    const isOver = nowMs >= this.#sinceMs + rememberedMs
    const bytes = this.#to - this.#from
    const many = this.#sizes.size >= rememberedMax || bytes >= rememberedBytesMax
    if (!isOver && !many) return
    // Half of too many at once: a map whose first goes again and again is slow to find its first.
    const most = many ? rememberedMax / 2 : rememberedMax
    const bytesMost = many ? rememberedBytesMax / 2 : rememberedBytesMax
    for (const [oldest, size] of this.#sizes) {
      if (this.#from === this.#keptFrom) break
      const much = this.#sizes.size > most || this.#to - this.#from > bytesMost
      if (!much && !(isOver && this.#former > 0)) break
      this.#sizes.delete(oldest)
      this.#from += size
      this.#former -= 1
    }
    if (!isOver) return
    this.#former = this.#sizes.size
    this.#sinceMs = nowMs
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
    this.#keptFrom -= this.#from
    this.#from = 0
  }
}

/** A copy of the answer in the entry at `encoded[start, end)`. */
function answerIn(encoded: Uint8Array, start: number, end: number): Uint8Array {
  const reader = new Reader(encoded, start, end)
  reader.raw(reader.varint())
  return reader.bytes()
}
