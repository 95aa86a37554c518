import { RealmError } from '../../errors/index.ts'
import type { Reader } from '../reader.ts'
import type { Field } from '../record.ts'
import type { Happening, Listeners } from './listeners.ts'

/** One full state or delta that is being read into a mirror. */
export interface Update {
  readonly reader: Reader
  /** Whether it was written for the store: everything is seen, and entries are named by keys. */
  readonly store: boolean
  /**
   * Whether this is a full state: then hidden fields it does not hold are not the viewer's (any
   * more).
   */
  readonly full: boolean
  /** How much has changed so far; whoever contains a change sees the number rise. */
  changes: number
  /** What listeners will be told once everything is read. */
  readonly happenings: Happening[]
  /** What listeners threw. */
  readonly errors: unknown[]
}

export function refused(problem: string): RealmError {
  return new RealmError('SCHEMA_MALFORMED', problem)
}

/** Notes that those who listen now are to be told. */
export function tell<A extends readonly unknown[]>(
  update: Update,
  listeners: Listeners<A>,
  given: NoInfer<A>,
): void {
  const happening = listeners.happened(update.errors, given)
  if (happening !== undefined) update.happenings.push(happening)
}

/** Whether a full record holds this field. */
export function isSent(update: Update, field: Field, own: boolean): boolean {
  if (field.visibility === 'public' || update.store) return true
  return field.visibility === 'own' && own
}
