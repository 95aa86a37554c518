import { RealmError } from '../../errors/index.ts'
import { bytesArray, integerArray, parseIntegers, textArray } from './arrays.ts'
import type { RecordChanges } from './batch.ts'
import type { Ask } from './session.ts'
import type { RecordStatements } from './statements.ts'

/** The records as they are while a batch holds the locks on all its keys. */
export interface HeldRecords {
  /** In the order of the keys; 0 where there is no record. */
  readonly versions: readonly number[]
  /** Ascending, and above every version that any of the keys ever had. */
  readonly revisions: readonly number[]
}

/**
 * Sends what locks the keys, looks at their versions and draws so many revisions: in this order,
 * since only a revision that is drawn under the lock is above what others gave the key before.
 */
export async function holdRecords(
  ask: Ask,
  sql: RecordStatements,
  keys: readonly string[],
  count: number,
): Promise<HeldRecords> {
  if (keys.length === 0) return { versions: [], revisions: [] }
  const names = textArray(keys)
  const [, { rows }] = await Promise.all([ask(sql.lock, [names]), ask(sql.look, [names, count])])
  const [versions, revisions] = (rows[0] ?? []).map((text) => parseIntegers(text ?? '{}'))
  if (versions?.length !== keys.length || revisions?.length !== count) {
    throw new RealmError('INTERNAL', 'PostgreSQL did not lock every key of a batch.')
  }
  return { versions, revisions }
}

/** Sends what was decided; nothing of it waits for a lock. */
export function writeRecords(
  ask: Ask,
  sql: RecordStatements,
  { sets, deletes }: RecordChanges,
): Promise<unknown>[] {
  const sent: Promise<unknown>[] = []
  if (sets.length > 0) {
    const columns = [
      textArray(sets.map(({ key }) => key)),
      integerArray(sets.map(({ version }) => version)),
      bytesArray(sets.map(({ value }) => value)),
    ]
    sent.push(ask(sql.set, columns))
  }
  if (deletes.length > 0) sent.push(ask(sql.delete, [textArray(deletes)]))
  return sent
}
