import { RealmError } from '../../errors/index.ts'
import { bookTables } from './book-statements.ts'
import type { Ask } from './session.ts'

/** Counts changes of the tables. A schema of a higher one is refused. */
const formatVersion = 1

/** Any number will do, as long as all who migrate the same database take the same. */
const migrationLock = 0x52_4c_4d_4b

/**
 * Names of at most 40 letters, digits and `_`, so that they need no quotes and fit whatever
 * PostgreSQL derives from them.
 */
const schemaName = /^[a-z_][a-z0-9_]{0,39}$/

/** @throws RealmError `STORE_ACCESS`. */
export function checkSchemaName(schema: string): void {
  if (schemaName.test(schema) && !schema.startsWith('pg_')) return
  throw new RealmError('STORE_ACCESS', 'The schema is not named by 1 to 40 of a–z, 0–9 and _.')
}

/**
 * `revisions` gives versions to all records. It must not be cached (CACHE 1, the default): a later
 * call anywhere must give a higher number. Values are kept as they come: they are packed already.
 * Room in each page lets a new version of a row stay beside the old one, without touching an index.
 */
function tables(schema: string): string {
  return `
    CREATE TABLE ${schema}.format (version int NOT NULL);
    INSERT INTO ${schema}.format VALUES (${formatVersion});
    CREATE SEQUENCE ${schema}.revisions AS bigint MAXVALUE ${Number.MAX_SAFE_INTEGER};
    CREATE TABLE ${schema}.records (
      key text COLLATE "C" PRIMARY KEY,
      version bigint NOT NULL,
      value bytea NOT NULL
    ) WITH (fillfactor = 80);
    ALTER TABLE ${schema}.records ALTER COLUMN value SET STORAGE EXTERNAL;
    ${bookTables(schema)}`
}

/**
 * Creates the tables where there are none, for one process at a time.
 * @throws RealmError `STORE_VERSION`, `STORE_CORRUPT`, and what the client throws.
 */
export async function prepareSchema(ask: Ask, schema: string): Promise<void> {
  await ask({ text: 'BEGIN' })
  try {
    await ask({ text: 'SELECT pg_advisory_xact_lock($1)' }, [migrationLock])
    await migrate(ask, schema)
    await ask({ text: 'COMMIT' })
  } catch (error) {
    await ask({ text: 'ROLLBACK' }).catch(() => {})
    throw error
  }
}

/** Looks before it changes anything, so that a schema that is not ours stays as it is. */
async function migrate(ask: Ask, schema: string): Promise<void> {
  const { rows } = await ask(
    {
      text: `SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = $1),
        (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace($1)),
        to_regclass($1 || '.format')`,
    },
    [schema],
  )
  const [schemas, relations, format] = rows[0] as (string | null)[]
  if (format !== null) return checkFormat(ask, schema)
  if (relations !== '0') throw foreign()
  if (schemas === '0') await ask({ text: `CREATE SCHEMA ${schema}` })
  await ask({ text: tables(schema) })
}

async function checkFormat(ask: Ask, schema: string): Promise<void> {
  const select = { text: `SELECT version FROM ${schema}.format` }
  const { rows } = await ask(select).catch(() => Promise.reject(foreign()))
  const version = Number(rows[0]?.[0])
  if (rows.length !== 1 || !(version >= 1)) throw foreign()
  if (version > formatVersion) {
    throw new RealmError('STORE_VERSION', `Its format is ${version}, known is ${formatVersion}.`)
  }
}

function foreign(): RealmError {
  return new RealmError('STORE_CORRUPT', 'The schema holds tables of another program.')
}
