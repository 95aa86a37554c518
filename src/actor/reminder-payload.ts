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

/** What a definition says of something that is kept by its name, with a payload. */
export interface PayloadPlan {
  readonly name: string
  readonly payload: RecordType
  readonly descriptor: TypeDescriptor
  readonly hash: string
}

/** A reminder of a definition. */
export interface ReminderPlan extends PayloadPlan {
  run(self: never, payload: never, firing: Firing): unknown
}

const payloadVersion = 1
const namePattern = /^[a-z][a-zA-Z0-9]{0,31}$/

/**
 * @param part of the shape that declares it
 * @param run its handler
 * @throws RealmError `GAME_INVALID` where it has none
 */
export function payloadPlan<F>(
  part: string,
  name: string,
  fields: Fields,
  run: unknown,
): PayloadPlan & { readonly run: F } {
  if (!namePattern.test(name)) {
    throw new RealmError('GAME_INVALID', `${part}.${name}: a name must match ${namePattern}.`)
  }
  if (typeof run !== 'function') {
    throw new RealmError('GAME_INVALID', `${part}.${name}: it has no handler.`)
  }
  const payload = record(fields)
  const descriptor = payload.describe()
  return { name, payload, descriptor, hash: schemaHash(descriptor), run: run as F }
}

/** @throws RealmError `SCHEMA_…` where the payload does not fit. */
export function sealPayload({ name, payload }: PayloadPlan, value: object): Uint8Array {
  return sealBlob(payload, payloadVersion, encode(payload, payload.check(value, name)))
}

/** The payload as the present definition knows it, brought over by name like stored state. */
export async function readPayload(
  { payload: type, hash }: PayloadPlan,
  schemas: Schemas,
  blob: Uint8Array,
): Promise<object> {
  const written = openBlob(blob).hash
  const descriptor = written === hash ? undefined : await schemas.find(written)
  return migrateBlob({ blob, type, version: payloadVersion, descriptorOf: () => descriptor })
}
