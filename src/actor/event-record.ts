import type { Address, ClusterNode, Ownership } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Write } from '../ports/index.ts'
import { Reader, Writer } from '../schema/index.ts'
import { EventLog, type EventTail, type ToldEvent } from './event-log.ts'
import { readAll, readMark, writeAll, writeMark } from './messages.ts'

const format = 1
const writer = new Writer(1024)

/** Where the events of an address are kept that its next owner may have to tell again. */
export function eventsKey(address: Address): string {
  return `events/${address}`
}

/**
 * Whether events are kept with the state: actors do so. Then what a former owner has left of them
 * is all, however that one ended. Otherwise it is all only where that one was frozen.
 */
export function recordsEvents(address: Address): boolean {
  return address.startsWith('actor/')
}

const nothingYet: EventTail = { floor: { epoch: 0, number: 0 }, events: [] }

/** The log of an owner that begins. @param stored what the former one has left */
export function openEventLog(
  { address, epoch }: Ownership,
  { clock, log }: Pick<ClusterNode, 'clock' | 'log'>,
  stored: Uint8Array | undefined,
): EventLog {
  const left = recordsEvents(address) ? nothingYet : undefined
  try {
    return new EventLog(epoch, clock, stored === undefined ? left : readEventTail(stored))
  } catch (error) {
    log.error({ error, address }, 'Its last events could not be read.')
    const events = new EventLog(epoch, clock, undefined)
    events.skip()
    return events
  }
}

/** What an owner that ends on purpose leaves to the next one. */
export function eventWrites(address: Address, log: EventLog | undefined): Write[] {
  const tail = log?.whole()
  return tail === undefined ? [] : [{ key: eventsKey(address), value: writeEventTail(tail) }]
}

/**
 * Forgets what the former owner has left: once an owner that does not record its events has told
 * more, it must not be taken for all there was.
 */
export function noEvents(address: Address): Write[] {
  return [{ key: eventsKey(address), value: undefined }]
}

/** Whom an event was for is written once for all that were for the same. */
export function writeEventTail({ floor, events }: EventTail): Uint8Array {
  const audiences = new Map<string, number>()
  const lists: (readonly string[])[] = []
  const audienceOf = ({ players }: ToldEvent): number => {
    if (players === undefined) return 0
    const named = players.join(' ')
    const known = audiences.get(named) ?? lists.push(players)
    audiences.set(named, known)
    return known
  }
  const numbers = events.map(audienceOf)
  writer.reset()
  writer.u8(format)
  writeMark(writer, floor)
  writeAll(writer, lists, (players) => writeAll(writer, players, (id) => writer.text(id)))
  writer.varint(events.length)
  for (const [index, { mark, event, payload }] of events.entries()) {
    writeMark(writer, mark)
    writer.u8(event)
    writer.varint(numbers[index] as number)
    writer.bytes(payload)
  }
  return writer.finish()
}

/** @throws RealmError `SCHEMA_*` */
export function readEventTail(bytes: Uint8Array): EventTail {
  const reader = new Reader(bytes)
  if (reader.u8() !== format) throw new RealmError('SCHEMA_MALFORMED', 'Events of another format.')
  const floor = readMark(reader)
  const lists = readAll(reader, () => readAll(reader, () => reader.text(64)))
  const events = readAll(reader, () => {
    const [mark, event] = [readMark(reader), reader.u8()]
    const audience = reader.varint()
    const players = audience === 0 ? undefined : lists[audience - 1]
    if (audience > lists.length) throw new RealmError('SCHEMA_MALFORMED', 'An unknown audience.')
    return { mark, event, players, payload: reader.bytes() }
  })
  reader.end()
  return { floor, events }
}
