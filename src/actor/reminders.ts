import { RealmError } from '../errors/index.ts'
import type { Write } from '../ports/index.ts'
import type { Reader, Writer } from '../schema/index.ts'
import { dueKey } from './due-index.ts'

/** When a reminder is due; say `atMs`, `inMs` or, for the first of many, `everyMs` alone. */
export interface ReminderTime {
  /** Milliseconds since 1970. */
  readonly atMs?: number
  /** From now, 0 or more. */
  readonly inMs?: number
  /** Comes again after this, at least 1,000, until it is forgotten. */
  readonly everyMs?: number
  /** Tells reminders of the same name apart, at most 64 characters. Default ''. */
  readonly key?: string
}

/** What a reminder's handler learns of its firing. */
export interface Firing {
  readonly key: string
  /** When it was due, in ms since 1970. */
  readonly dueMs: number
  /** How long ago that was. */
  readonly lateMs: number
  /**
   * Times it should have come since, and did not: the server was away. 0 for those that come once.
   */
  readonly missed: number
}

/** A reminder as it is kept in the actor's blob. */
export interface Reminder {
  readonly name: string
  readonly key: string
  /** Drawn when it was set; with the due time it names one firing for ever. */
  readonly token: string
  readonly dueMs: number
  /** 0 for one that comes once. */
  readonly everyMs: number
  /** When it is tried, `dueMs` or later: a handler that failed is given time. */
  readonly tryMs: number
  readonly failures: number
  /** The payload, sealed with the hash of its schema. */
  readonly payload: Uint8Array
}

/** Reminders that one actor may have at a time. */
const remindersMax = 256
const payloadBytesMax = 4096
const everyMsMin = 1000
const keyUnitsMax = 64
/** The end of what a `Date` can hold. */
const atMsMax = 8.64e15
/** A failed firing is tried again after this, then after twice as long, and so on. */
const retryMs = 1000
const retryMsMax = 10 * 60_000

const layout = 1
const noWrites: readonly Write[] = []

/**
 * The reminders of one actor, as a transaction sees them, and their place in the index of the
 * store.
 */
export class Reminders {
  readonly #address: string
  #all = new Map<string, Reminder>()
  /** As they were when the transaction began; undefined where nothing has changed since. */
  #before: Map<string, Reminder> | undefined
  #open = false
  #next: Reminder | undefined
  /** What the index says, or will with the next commit. */
  #indexedMs: number | undefined

  constructor(address: string) {
    this.#address = address
  }

  get changed(): boolean {
    return this.#before !== undefined
  }

  /** The one to be tried next. */
  get next(): Reminder | undefined {
    return this.#next
  }

  begin(): void {
    this.#open = true
    this.#before = undefined
  }

  /** Keeps what the transaction changed. */
  commit(): void {
    this.#open = false
    this.#before = undefined
    this.#indexedMs = this.#next?.tryMs
  }

  /** What the index must be told in the same transaction of the store. */
  writes(): readonly Write[] {
    const [former, now] = [this.#indexedMs, this.#next?.tryMs]
    if (former === now) return noWrites
    const writes: Write[] = []
    if (former !== undefined) writes.push({ key: dueKey(this.#address, former), value: undefined })
    if (now !== undefined)
      writes.push({ key: dueKey(this.#address, now), value: new Uint8Array(0) })
    return writes
  }

  rollback(): void {
    this.#open = false
    if (this.#before === undefined) return
    this.#all = this.#before
    this.#before = undefined
    this.#findNext()
  }

  /** @throws RealmError `REMINDER_INVALID`, `REMINDERS_FULL` */
  set(name: string, time: ReminderTime, payload: Uint8Array, token: string, nowMs: number): void {
    const { key = '', everyMs = 0 } = time
    const dueMs = dueOf(name, time, nowMs)
    if (payload.length > payloadBytesMax)
      throw invalid(name, `its payload is over ${payloadBytesMax} B`)
    const id = idOf(name, key)
    if (!this.#all.has(id) && this.#all.size >= remindersMax) throw new RealmError('REMINDERS_FULL')
    const reminder = { name, key, token, dueMs, everyMs, tryMs: dueMs, failures: 0, payload }
    this.#write((all) => all.set(id, reminder))
  }

  /** @returns whether there was one. */
  forget(name: string, key: string): boolean {
    const id = idOf(name, key)
    if (!this.#all.has(id)) return false
    this.#write((all) => all.delete(id))
    return true
  }

  find(name: string, key: string): Reminder | undefined {
    return this.#all.get(idOf(name, key))
  }

  /**
   * The reminder that is to fire under this name of its firing; undefined where it is gone or
   * early.
   */
  due(firing: string, nowMs: number): Reminder | undefined {
    const next = this.#next
    if (next === undefined || next.tryMs > nowMs || firingOf(next) !== firing) return undefined
    return next
  }

  /** It fires: it is done, or due again. Its handler runs in the same transaction. */
  advance(reminder: Reminder, nowMs: number): Firing {
    const { name, key, dueMs, everyMs } = reminder
    const lateMs = Math.max(0, nowMs - dueMs)
    const missed = everyMs === 0 ? 0 : Math.floor(lateMs / everyMs)
    const nextMs = dueMs + (missed + 1) * everyMs
    this.#write((all) => {
      if (everyMs === 0) all.delete(idOf(name, key))
      else all.set(idOf(name, key), { ...reminder, dueMs: nextMs, tryMs: nextMs, failures: 0 })
    })
    return { key, dueMs, lateMs, missed }
  }

  /** Its handler failed: it stays due, and is tried again later. */
  postpone(reminder: Reminder, nowMs: number): void {
    const { name, key, failures } = reminder
    const waitMs = Math.min(retryMsMax, retryMs * 2 ** Math.min(failures, 20))
    const later = { ...reminder, tryMs: Math.ceil(nowMs + waitMs), failures: failures + 1 }
    this.#write((all) => all.set(idOf(name, key), later))
  }

  write(writer: Writer): void {
    writer.u8(layout)
    writer.varint(this.#all.size)
    for (const reminder of this.#all.values()) {
      writer.text(reminder.name)
      writer.text(reminder.key)
      writer.text(reminder.token)
      for (const number of [reminder.dueMs, reminder.everyMs, reminder.tryMs, reminder.failures]) {
        writer.varint(number)
      }
      writer.bytes(reminder.payload)
    }
  }

  read(reader: Reader): void {
    if (reader.u8() !== layout)
      throw new RealmError('SCHEMA_MALFORMED', 'Reminders of a later layout.')
    const count = reader.varint()
    if (count > reader.remaining) throw new RealmError('SCHEMA_TRUNCATED')
    for (let left = count; left > 0; left -= 1) {
      const [name, key, token] = [reader.text(64), reader.text(keyUnitsMax), reader.text(64)]
      const [dueMs, everyMs, tryMs] = [reader.varint(), reader.varint(), reader.varint()]
      const failures = reader.varint()
      const payload = reader.bytes().slice()
      const reminder = { name, key, token, dueMs, everyMs, tryMs, failures, payload }
      this.#all.set(idOf(name, key), reminder)
    }
    this.#findNext()
    this.#indexedMs = this.#next?.tryMs
  }

  #write(change: (all: Map<string, Reminder>) => void): void {
    if (!this.#open) {
      throw new RealmError('HANDLER_FAILED', 'A reminder was changed after its handler had ended.')
    }
    this.#before ??= new Map(this.#all)
    change(this.#all)
    this.#findNext()
  }

  #findNext(): void {
    let next: Reminder | undefined
    for (const one of this.#all.values())
      if (next === undefined || one.tryMs < next.tryMs) next = one
    this.#next = next
  }
}

/** Names one firing of one reminder: the same again if it is repeated after a crash. */
export function firingOf({ token, dueMs }: Reminder): string {
  return `${token}.${dueMs}`
}

function dueOf(
  name: string,
  { atMs, inMs, everyMs, key = '' }: ReminderTime,
  nowMs: number,
): number {
  if (key.length > keyUnitsMax) throw invalid(name, `its key is over ${keyUnitsMax} characters`)
  if (everyMs !== undefined && !(Number.isFinite(everyMs) && everyMs >= everyMsMin)) {
    throw invalid(name, `everyMs is at least ${everyMsMin}`)
  }
  if (everyMs !== undefined && !Number.isInteger(everyMs)) throw invalid(name, 'everyMs is whole')
  if (atMs !== undefined && inMs !== undefined) throw invalid(name, 'say atMs or inMs, not both')
  const waitMs = inMs ?? everyMs
  if (atMs === undefined && waitMs === undefined) throw invalid(name, 'say atMs, inMs or everyMs')
  const dueMs = Math.round(atMs ?? nowMs + (waitMs as number))
  if (!(dueMs >= 0 && dueMs <= atMsMax) || (waitMs ?? 0) < 0)
    throw invalid(name, 'there is no such time')
  return dueMs
}

function invalid(name: string, problem: string): RealmError {
  return new RealmError('REMINDER_INVALID', `${name}: ${problem}.`)
}

function idOf(name: string, key: string): string {
  return `${name}/${key}`
}
