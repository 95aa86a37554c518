import { RealmError } from '../errors/index.ts'
import { migrateBlob, openBlob, Reader, sealBlob, type Tracked, Writer } from '../schema/index.ts'
import type { Member } from './behaviour.ts'
import type { ActorPlan } from './define-actor.ts'
import { readMember, writeMember } from './messages.ts'
import type { RecordedAnswers } from './recorded-answers.ts'
import type { Schemas } from './scope.ts'

/** The layout of an actor's blob: this byte, sealed state, recorded answers, watchers. */
const actorBlobFormat = 1
const membersMax = 1_000_000

const writer = new Writer(1024)
const stateWriter = new Writer(1024)

export function writeActorBlob(
  plan: ActorPlan,
  tracked: Tracked<object>,
  answers: RecordedAnswers,
  watchers: ReadonlyMap<string, Member>,
): Uint8Array {
  stateWriter.reset()
  tracked.writeFull(stateWriter, { scope: 'store' })
  writer.reset()
  writer.u8(actorBlobFormat)
  writer.bytes(sealBlob(plan.state, plan.version, stateWriter.view()))
  answers.write(writer)
  writer.varint(watchers.size)
  for (const member of watchers.values()) writeMember(writer, member)
  return writer.finish()
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
  answers: RecordedAnswers,
  blob: Uint8Array,
): Promise<ActorSnapshot> {
  const reader = new Reader(blob)
  if (reader.u8() !== actorBlobFormat) {
    throw new RealmError('SCHEMA_MALFORMED', 'The stored actor has an unknown format.')
  }
  const sealed = reader.bytes()
  answers.read(reader)
  const count = reader.varint()
  if (count > membersMax || count > reader.remaining) throw new RealmError('SCHEMA_TRUNCATED')
  const watchers = Array.from({ length: count }, () => readMember(reader))
  reader.end()
  const { hash } = openBlob(sealed)
  const descriptor = hash === plan.hash ? undefined : await schemas.find(hash)
  const { state: type, version, migrate: steps } = plan
  const state = migrateBlob({ blob: sealed, type, version, steps, descriptorOf: () => descriptor })
  return { state, watchers }
}
