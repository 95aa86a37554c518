import { Reader, Writer } from '../schema/index.ts'
import { rememberedMs } from './recent.ts'

const answersMax = 32
/** Bytes of all recorded answers with their ids; the last one is kept whatever its size. */
const answersBytesMax = 64 * 1024
const callIdUnitsMax = 256
/** Of all that is remembered while the activation lives, in two generations. */
const rememberedMax = 16_384
const rememberedBytesMax = 1024 * 1024

const scratch = new Writer(256)

/**
 * Answers of the last calls that changed something, so that a repeated call does not act again:
 * while the activation lives those of the last 30 to 60 s, or fewer where that is too much. The
 * newest are part of every commit, so they are kept as they stand in the blob: adding one copies
 * nothing of the others.
 */
export class RecordedAnswers {
  /**
   * By call id, oldest first, the bytes of its entry. Answers are hardly ever asked for again: as
   * objects of their own they would be what the collector has to carry along.
   */
  readonly #sizes = new Map<string, number>()
  /** Until then some may have been added that are forgotten. */
  forgotMs = Number.NEGATIVE_INFINITY
  /** The same of what the blob has. */
  keptForgotMs = Number.NEGATIVE_INFINITY
  /** Of those in the blob, which are the newest: bytes, and when each was added. */
  readonly #keptSizes: number[] = []
  readonly #keptMs: number[] = []
  #keptFrom = 0
  /** So many of the oldest were there, in so many bytes, when `#sinceMs` was. */
  #former = 0
  #formerBytes = 0
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
      this.keptForgotMs = this.#keptMs.shift() as number
    }
    this.#forget(nowMs)
    if (this.#to + entry.length > this.#encoded.length) this.#makeRoom(entry.length)
    this.#encoded.set(entry, this.#to)
    this.#to += entry.length
    this.#sizes.set(callId, entry.length)
    kept.push(entry.length)
    this.#keptMs.push(nowMs)
  }

  /** Takes back the answer added last: what it answers was refused. */
  removeLast(callId: string): void {
    const size = this.#sizes.get(callId)
    if (size === undefined) return
    this.#sizes.delete(callId)
    this.#keptSizes.pop()
    this.#keptMs.pop()
    this.#to -= size
  }

  /** @param all whether all that is remembered, or only what belongs into every commit */
  write(writer: Writer, all = false): void {
    writer.varint(all ? this.#sizes.size : this.#keptSizes.length)
    writer.raw(this.#encoded.subarray(all ? this.#from : this.#keptFrom, this.#to))
  }

  /** @returns the ids of the calls, oldest first */
  read(reader: Reader, nowMs: number): string[] {
    const ids: string[] = []
    for (let left = reader.varint(); left > 0; left -= 1) {
      const callId = reader.text(callIdUnitsMax)
      ids.push(callId)
      this.add(callId, reader.bytes(), nowMs)
    }
    return ids
  }

  /** Begins a new generation where this one is too old or too much: the former is forgotten. */
  #forget(nowMs: number): void {
    const count = this.#sizes.size - this.#former
    const bytes = this.#to - this.#from - this.#formerBytes
    const isFull = count >= rememberedMax / 2 || bytes >= rememberedBytesMax / 2
    if (nowMs < this.#sinceMs + rememberedMs && !isFull) return
    if (this.#former > 0) this.forgotMs = this.#sinceMs
    for (const [oldest, size] of this.#sizes) {
      // None of the blob's goes.
      if (this.#former === 0 || this.#from === this.#keptFrom) break
      this.#sizes.delete(oldest)
      this.#from += size
      this.#former -= 1
    }
    this.#former = this.#sizes.size
    this.#formerBytes = this.#to - this.#from
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
