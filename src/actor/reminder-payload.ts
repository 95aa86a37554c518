import { RealmError } from '../errors/index.ts'
import {
  encode,
  type Fields,
  migrateBlob,
  openBlob,
  type RecordType,
  record,
  schemaHash,
  sealBlob,
  type TypeDescriptor,
} from '../schema/index.ts'
import type { Firing } from './reminders.ts'
import type { Schemas } from './scope.ts'

/** A reminder of a definition. */
export interface ReminderPlan {
  readonly name: string
  readonly payload: RecordType
  readonly descriptor: TypeDescriptor
  readonly hash: string
  run(self: never, payload: never, firing: Firing): unknown
}

const payloadVersion = 1
const namePattern = /^[a-z][a-zA-Z0-9]{0,31}$/

/** @throws RealmError `GAME_INVALID` where it has no handler. */
export function reminderPlan(name: string, fields: Fields, run: unknown): ReminderPlan {
  if (!namePattern.test(name)) {
    throw new RealmError('GAME_INVALID', `reminders.${name}: a name must match ${namePattern}.`)
  }
  if (typeof run !== 'function') {
    throw new RealmError('GAME_INVALID', `reminders.${name}: it has no handler.`)
  }
  const payload = record(fields)
  const descriptor = payload.describe()
  const handler = run as ReminderPlan['run']
  return { name, payload, descriptor, hash: schemaHash(descriptor), run: handler }
}

/** @throws RealmError `SCHEMA_…` where the payload does not fit. */
export function sealPayload({ name, payload }: ReminderPlan, value: object): Uint8Array {
  return sealBlob(payload, payloadVersion, encode(payload, payload.check(value, name)))
}

/** The payload as the present definition knows it, brought over by name like stored state. */
export async function readPayload(
  { payload: type, hash }: ReminderPlan,
  schemas: Schemas,
  blob: Uint8Array,
): Promise<object> {
  const written = openBlob(blob).hash
  const descriptor = written === hash ? undefined : await schemas.find(written)
  return migrateBlob({ blob, type, version: payloadVersion, descriptorOf: () => descriptor })
}
