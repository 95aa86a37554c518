import type { Statement } from './session.ts'

export const begin: Statement = { name: 'begin', text: 'BEGIN ISOLATION LEVEL READ COMMITTED' }
export const commit: Statement = { name: 'commit', text: 'COMMIT' }
export const rollback: Statement = { name: 'rollback', text: 'ROLLBACK' }

/** The statements on the records of one schema. Their arrays of keys hold each key once. */
export interface RecordStatements {
  /** `$1` keys: locks each in the order of the array; one without a record gets a row for it. */
  readonly lock: Statement
  /** `$1` keys, `$2` count: the version of each, in the order of the array, and fresh revisions. */
  readonly look: Statement
  /** `$1` keys, `$2` versions, `$3` values. */
  readonly set: Statement
  /** `$1` keys. */
  readonly delete: Statement
  /** `$1` keys: place in the array, version and value of those that there are. */
  readonly read: Statement
  /** `$1` first key, `$2` a key to leave out, `$3` limit. */
  readonly scan: Statement
  /** `$4` the first key after all. */
  readonly scanUntil: Statement
}

/** @param schema checked: it stands in the text as it is */
export function recordStatements(schema: string): RecordStatements {
  const records = `${schema}.records`
  const scan = `SELECT key, version, value FROM ${records} WHERE key >= $1 AND key <> $2`
  const inOrder = 'ORDER BY key LIMIT $3::int8'
  return {
    lock: {
      name: 'lock',
      // The condition is judged once the row is locked, and leaves it as it is.
      text: `INSERT INTO ${records} (key, version, value)
        SELECT key, 0, '' FROM unnest($1::text[]) WITH ORDINALITY AS k (key, place) ORDER BY place
        ON CONFLICT (key) DO UPDATE SET version = 0 WHERE false`,
    },
    look: {
      name: 'look',
      text: `SELECT
        (SELECT array_agg(version ORDER BY place)
          FROM unnest($1::text[]) WITH ORDINALITY AS k (key, place) JOIN ${records} USING (key)),
        (SELECT array_agg(nextval('${schema}.revisions')) FROM generate_series(1, $2::int))`,
    },
    set: {
      name: 'set',
      text: `UPDATE ${records} AS r SET version = s.version, value = s.value
        FROM unnest($1::text[], $2::int8[], $3::bytea[]) AS s (key, version, value)
        WHERE r.key = s.key`,
    },
    delete: { name: 'delete', text: `DELETE FROM ${records} WHERE key = ANY ($1::text[])` },
    read: {
      name: 'read',
      text: `SELECT place, version, value
        FROM unnest($1::text[]) WITH ORDINALITY AS k (key, place) JOIN ${records} USING (key)`,
    },
    scan: { name: 'scan', text: `${scan} ${inOrder}` },
    scanUntil: { name: 'scanUntil', text: `${scan} AND key < $4 ${inOrder}` },
  }
}
