import { RealmError } from '../errors/index.ts'
import { Reader, Writer } from '../schema/index.ts'
import { type CallId, callIdOf } from './call-id.ts'
import { rememberedMs } from './recent.ts'

const answersMax = 32
/** Bytes of all recorded answers with their numbers; the last one is kept whatever its size. */
const answersBytesMax = 64 * 1024
const callIdUnitsMax = 256
/** Of all that is remembered while the activation lives, in two generations. */
const rememberedMax = 16_384
const rememberedBytesMax = 1024 * 1024

const scratch = new Writer(256)
const entryReader = new Reader(new Uint8Array(0))

/** Answered calls that differ only in their number. */
interface Series {
  readonly name: string
  /** By which entries name it: no other series has it as long as there is one. */
  readonly slot: number
  /** Of those remembered, or taken back. */
  highest: number
  /** How many are remembered, and how many of them belong into the blob. */
  remembered: number
  kept: number
}

/**
 * Answers of the last calls that changed something, so that a repeated call does not act again:
 * while the activation lives those of the last 30 to 60 s, or fewer where that is too much. The
 * newest are part of every commit, so they are kept as they stand in the blob: adding one copies
 * nothing of the others. An entry is the slot of its series, its number + 1, the answer's length
 * and the answer.
 */
export class RecordedAnswers {
  /** By name, and by slot. */
  readonly #series = new Map<string, Series>()
  readonly #slots: (Series | undefined)[] = []
  readonly #freeSlots: number[] = []
  /** Those of the blob. */
  readonly #keptSeries: Series[] = []
  /** Until then some may have been added that are forgotten. */
  forgotMs = Number.NEGATIVE_INFINITY
  /** The same of what the blob has. */
  keptForgotMs = Number.NEGATIVE_INFINITY
  /** When each of those in the blob was added, which are the newest. */
  readonly #keptMs: number[] = []
  #keptFrom = 0
  #count = 0
  #nameUnits = 0
  /** So many of the oldest were there, in so many bytes, when `#sinceMs` was. */
  #former = 0
  #formerBytes = 0
  #sinceMs = Number.NEGATIVE_INFINITY
  /** Entries lie between `#from` and `#to`, oldest first. */
  #encoded = new Uint8Array(64)
  #from = 0
  #to = 0
  /** Where the last one begins, and whose it is, unless it was taken back. */
  #lastFrom = 0
  #lastId: CallId | undefined

  find({ series: name, number }: CallId): Uint8Array | undefined {
    const series = this.#series.get(name)
    // Those of a series mostly come in order, so this ends nearly every search.
    if (series === undefined || number > series.highest) return undefined
    for (let at = this.#from; at < this.#to; ) {
      const reader = entryReader.over(this.#encoded, at, this.#to)
      const isOfSeries = reader.varint() === series.slot
      if (reader.varint() === number + 1 && isOfSeries) return reader.bytes()
      const length = reader.varint()
      at = reader.offset + length
    }
    return undefined
  }

  /** @param nowMs by a clock that never goes back */
  add(callId: CallId, answer: Uint8Array, nowMs: number): void {
    this.#forget(nowMs)
    const series = this.#series.get(callId.series) ?? this.#open(callId.series)
    scratch.reset()
    scratch.varint(series.slot)
    scratch.varint(callId.number + 1)
    scratch.bytes(answer)
    const entry = scratch.view()
    const kept = this.#keptMs
    while (kept.length > 0) {
      const bytes = this.#to - this.#keptFrom + entry.length
      if (kept.length < answersMax && bytes <= answersBytesMax) break
      this.#dropKept()
    }
    if (this.#to + entry.length > this.#encoded.length) this.#makeRoom(entry.length)
    this.#encoded.set(entry, this.#to)
    this.#lastFrom = this.#to
    this.#lastId = callId
    this.#to += entry.length
    this.#count += 1
    series.remembered += 1
    if (callId.number > series.highest) series.highest = callId.number
    if (series.kept === 0) this.#keptSeries.push(series)
    series.kept += 1
    kept.push(nowMs)
  }

  /** Takes back the answer added last: what it answers was refused. */
  removeLast(callId: CallId): void {
    if (this.#lastId !== callId) return
    this.#lastId = undefined
    this.#to = this.#lastFrom
    const [series] = this.#entryAt(this.#lastFrom)
    this.#keptMs.pop()
    this.#count -= 1
    this.#unkeep(series)
    this.#release(series)
  }

  /** @param all whether all that is remembered, or only what belongs into every commit */
  write(writer: Writer, all = false): void {
    const series = all ? [...this.#series.values()] : this.#keptSeries
    writer.varint(series.length)
    for (const { slot, name } of series) {
      writer.varint(slot)
      writer.text(name)
    }
    writer.varint(all ? this.#count : this.#keptMs.length)
    writer.raw(this.#encoded.subarray(all ? this.#from : this.#keptFrom, this.#to))
  }

  /** @returns the ids of the calls, oldest first */
  read(reader: Reader, nowMs: number): CallId[] {
    const names = new Map<number, string>()
    for (let left = reader.varint(); left > 0; left -= 1) {
      names.set(reader.varint(), reader.text(callIdUnitsMax))
    }
    const ids: CallId[] = []
    for (let left = reader.varint(); left > 0; left -= 1) {
      const series = names.get(reader.varint())
      if (series === undefined) throw new RealmError('SCHEMA_MALFORMED', 'An answer to nobody.')
      const callId = { series, number: reader.varint() - 1 }
      this.add(callId, reader.bytes(), nowMs)
      ids.push(callId)
    }
    return ids
  }

  /** As blobs had them when each came with its id as a text. */
  readFormer(reader: Reader, nowMs: number): CallId[] {
    const ids: CallId[] = []
    for (let left = reader.varint(); left > 0; left -= 1) {
      const callId = callIdOf(reader.text(callIdUnitsMax))
      this.add(callId, reader.bytes(), nowMs)
      ids.push(callId)
    }
    return ids
  }

  get #bytes(): number {
    return this.#to - this.#from + this.#nameUnits
  }

  #open(name: string): Series {
    const slot = this.#freeSlots.pop() ?? this.#slots.length
    const series = { name, slot, highest: -1, remembered: 0, kept: 0 }
    this.#slots[slot] = series
    this.#series.set(name, series)
    this.#nameUnits += name.length
    return series
  }

  /** One of a series less is remembered. */
  #release(series: Series): void {
    series.remembered -= 1
    if (series.remembered > 0) return
    this.#series.delete(series.name)
    this.#slots[series.slot] = undefined
    this.#freeSlots.push(series.slot)
    this.#nameUnits -= series.name.length
  }

  /** One of a series less belongs into the blob. */
  #unkeep(series: Series): void {
    series.kept -= 1
    if (series.kept === 0) this.#keptSeries.splice(this.#keptSeries.indexOf(series), 1)
  }

  #dropKept(): void {
    const [series, end] = this.#entryAt(this.#keptFrom)
    this.#keptFrom = end
    this.keptForgotMs = this.#keptMs.shift() as number
    this.#unkeep(series)
  }

  #entryAt(at: number): [series: Series, end: number] {
    const reader = entryReader.over(this.#encoded, at, this.#encoded.length)
    const series = this.#slots[reader.varint()] as Series
    reader.varint()
    const length = reader.varint()
    return [series, reader.offset + length]
  }

  /** Begins a new generation where this one is too old or too much: the former is forgotten. */
  #forget(nowMs: number): void {
    const count = this.#count - this.#former
    const bytes = this.#bytes - this.#formerBytes
    const isFull = count >= rememberedMax / 2 || bytes >= rememberedBytesMax / 2
    if (nowMs < this.#sinceMs + rememberedMs && !isFull) return
    if (this.#former > 0) this.forgotMs = this.#sinceMs
    // None of the blob's goes.
    while (this.#former > 0 && this.#from < this.#keptFrom) {
      const [series, end] = this.#entryAt(this.#from)
      this.#from = end
      this.#former -= 1
      this.#count -= 1
      this.#release(series)
    }
    this.#former = this.#count
    this.#formerBytes = this.#bytes
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
