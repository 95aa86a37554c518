import { RealmError } from '../errors/index.ts'
import { migrateBlob, openBlob, Reader, type Tracked, Writer } from '../schema/index.ts'
import type { Member } from './behaviour.ts'
import type { ActorPlan } from './define-actor.ts'
import { readMember, writeMember } from './messages.ts'
import type { RecordedAnswers } from './recorded-answers.ts'
import type { Reminders } from './reminders.ts'
import type { Schemas } from './scope.ts'

/** The layout of an actor's blob: this byte, sealed state, recorded answers, watchers. */
const plainFormat = 1
/** The same with its reminders behind. */
const remindersFormat = 2
const membersMax = 1_000_000

const writer = new Writer(1024)
const stateWriter = new Writer(1024)

export function writeActorBlob(
  plan: ActorPlan,
  tracked: Tracked<object>,
  { answers, reminders }: ActorRecords,
  watchers: { readonly size: number; members(): Iterable<Member> },
): Uint8Array {
  stateWriter.reset()
  tracked.writeFull(stateWriter, { scope: 'store' })
  writer.reset()
  const reminded = reminders.next !== undefined
  writer.u8(reminded ? remindersFormat : plainFormat)
  writer.varint(plan.seal.length + stateWriter.length)
  writer.raw(plan.seal)
  writer.raw(stateWriter.view())
  answers.write(writer)
  writer.varint(watchers.size)
  for (const member of watchers.members()) writeMember(writer, member)
  if (reminded) reminders.write(writer)
  return writer.finish()
}

/** What is kept of an actor beside its state. */
export interface ActorRecords {
  readonly answers: RecordedAnswers
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
  { answers, reminders }: ActorRecords,
  blob: Uint8Array,
  nowMs: number,
): Promise<ActorSnapshot> {
  const reader = new Reader(blob)
  const format = reader.u8()
  if (format !== plainFormat && format !== remindersFormat) {
    throw new RealmError('SCHEMA_MALFORMED', 'The stored actor has an unknown format.')
  }
  const sealed = reader.bytes()
  answers.read(reader, nowMs)
  const count = reader.varint()
  if (count > membersMax || count > reader.remaining) throw new RealmError('SCHEMA_TRUNCATED')
  const watchers = Array.from({ length: count }, () => readMember(reader))
  if (format === remindersFormat) reminders.read(reader)
  reader.end()
  const { hash } = openBlob(sealed)
  const descriptor = hash === plan.hash ? undefined : await schemas.find(hash)
  const { state: type, version, migrate: steps } = plan
  const state = migrateBlob({ blob: sealed, type, version, steps, descriptorOf: () => descriptor })
  return { state, watchers }
}
