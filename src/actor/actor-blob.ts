import { RealmError } from '../errors/index.ts'
import { migrateBlob, openBlob, Reader, type Tracked, Writer } from '../schema/index.ts'
import type { Member } from './behaviour.ts'
import type { CallMemory } from './call-memory.ts'
import type { ActorPlan } from './define-actor.ts'
import { readMember, writeMember } from './messages.ts'
import type { Reminders } from './reminders.ts'
import type { Schemas } from './scope.ts'

/**
 * The layout of an actor's blob: this byte with the bits below, sealed state, what is remembered of
 * calls, watchers, reminders where there are any.
 */
const presentFormat = 8
const withReminders = 1
/** All is there that was remembered of calls: it was frozen. */
const withAllCalls = 2
/** When each answer came with the id of its call as a text; the same bits. */
const textsFormat = 4
/** Before it was told what is forgotten, without and with reminders. */
const formerPlain = 1
const formerWithReminders = 2
const membersMax = 1_000_000

/**
 * Blobs are copied into slabs, one behind the other: each with memory of its own would be what the
 * collector has most to do with. A larger one would leave too much of a slab unused.
 */
const slabBytes = 64 * 1024
const slabbedBytesMax = 4 * 1024
let slab = new Uint8Array(0)
let slabUsed = 0

const writer = new Writer(1024)
const stateWriter = new Writer(1024)

export function writeActorBlob(
  plan: ActorPlan,
  tracked: Tracked<object>,
  { calls, reminders }: ActorRecords,
  watchers: { readonly size: number; members(): Iterable<Member> },
  { nowMs, frozen }: { readonly nowMs: number; readonly frozen: boolean },
): Uint8Array {
  stateWriter.reset()
  tracked.writeFull(stateWriter, { scope: 'store' })
  writer.reset()
  const reminded = reminders.next !== undefined
  writer.u8(presentFormat | (reminded ? withReminders : 0) | (frozen ? withAllCalls : 0))
  writer.varint(plan.seal.length + stateWriter.length)
  writer.raw(plan.seal)
  writer.raw(stateWriter.view())
  calls.write(writer, nowMs, frozen)
  writer.varint(watchers.size)
  for (const member of watchers.members()) writeMember(writer, member)
  if (reminded) reminders.write(writer)
  return copyOf(writer.view())
}

function copyOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length > slabbedBytesMax) return bytes.slice()
  if (slabUsed + bytes.length > slab.length) {
    slab = new Uint8Array(slabBytes)
    slabUsed = 0
  }
  const start = slabUsed
  slabUsed += bytes.length
  slab.set(bytes, start)
  return slab.subarray(start, slabUsed)
}

/** What is kept of an actor beside its state. */
export interface ActorRecords {
  readonly calls: CallMemory
  readonly reminders: Reminders
}

export interface ActorSnapshot {
  readonly state: object
  readonly watchers: readonly Member[]
}

/**
 * @throws RealmError `SCHEMA_*` where the blob is damaged or cannot be brought to the present
 * schema.
 */
export async function readActorBlob(
  plan: ActorPlan,
  schemas: Schemas,
  { calls, reminders }: ActorRecords,
  blob: Uint8Array,
  nowMs: number,
): Promise<ActorSnapshot> {
  const reader = new Reader(blob)
  const format = reader.u8()
  const isFormer = format === formerPlain || format === formerWithReminders
  const base = format & ~(withReminders | withAllCalls)
  if (!isFormer && base !== presentFormat && base !== textsFormat) {
    throw new RealmError('SCHEMA_MALFORMED', 'The stored actor has an unknown format.')
  }
  const sealed = reader.bytes()
  if (isFormer) calls.readAnswers(reader, nowMs)
  else calls.read(reader, nowMs, (format & withAllCalls) !== 0, base === textsFormat)
  const count = reader.varint()
  if (count > membersMax || count > reader.remaining) throw new RealmError('SCHEMA_TRUNCATED')
  const watchers = Array.from({ length: count }, () => readMember(reader))
  const reminded = isFormer ? format === formerWithReminders : (format & withReminders) !== 0
  if (reminded) reminders.read(reader)
  reader.end()
  const { hash } = openBlob(sealed)
  const descriptor = hash === plan.hash ? undefined : await schemas.find(hash)
  const { state: type, version, migrate: steps } = plan
  const state = migrateBlob({ blob: sealed, type, version, steps, descriptorOf: () => descriptor })
  return { state, watchers }
}
