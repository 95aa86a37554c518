import type { Statement } from './session.ts'

/** The tables of the ledger. An item is found by its owner, in the order of ids. */
export function bookTables(schema: string): string {
  return `
    CREATE TABLE ${schema}.transfers (
      id text COLLATE "C" PRIMARY KEY,
      content text NOT NULL,
      wall_ms bigint NOT NULL
    );
    CREATE TABLE ${schema}.entries (
      account text COLLATE "C" NOT NULL,
      sequence bigint NOT NULL,
      transfer text COLLATE "C" NOT NULL,
      counter text NOT NULL,
      asset text NOT NULL,
      item text NOT NULL,
      change bigint NOT NULL,
      balance bigint NOT NULL,
      PRIMARY KEY (account, sequence)
    );
    CREATE TABLE ${schema}.accounts (
      account text COLLATE "C" PRIMARY KEY,
      sequence bigint NOT NULL
    ) WITH (fillfactor = 80);
    CREATE TABLE ${schema}.balances (
      account text COLLATE "C" NOT NULL,
      asset text COLLATE "C" NOT NULL,
      amount bigint NOT NULL,
      PRIMARY KEY (account, asset)
    ) WITH (fillfactor = 80);
    CREATE TABLE ${schema}.items (
      id text COLLATE "C" PRIMARY KEY,
      kind text NOT NULL,
      owner text COLLATE "C" NOT NULL,
      arrival bigint NOT NULL
    );
    CREATE INDEX items_by_owner ON ${schema}.items (owner, id)`
}

/**
 * What a batch does with the books. The first three lock rows in the order of their arrays, which
 * hold each name once; what is not there yet gets a row, as in `RecordStatements.lock`.
 */
export interface BookStatements {
  /** `$1` accounts. */
  readonly lockAccounts: Statement
  /** `$1` items. */
  readonly lockItems: Statement
  /** `$1` ids, `$2` contents: makes the transfers whose ids are new, and returns these. */
  readonly addTransfers: Statement
  /** `$1` accounts, `$2` and `$3` accounts and assets: sequences and balances, in that order. */
  readonly lookAccounts: Statement
  /** `$1` items: those that exist. */
  readonly lookItems: Statement
  /** `$1` ids, `$2` contents: those whose content is another. */
  readonly lookTransfers: Statement
  readonly addEntries: Statement
  readonly setAccounts: Statement
  readonly setBalances: Statement
  readonly setItems: Statement
  readonly setTransfers: Statement
  readonly deleteAccounts: Statement
  readonly deleteItems: Statement
  readonly deleteTransfers: Statement
}

const isText = (name: string) => `unnest($1::text[]) WITH ORDINALITY AS k (${name}, place)`
/** One time for all that a statement makes. */
const nowMs = 'floor(1000 * extract(epoch FROM statement_timestamp()))'

/** @param schema checked: it stands in the text as it is */
export function bookStatements(schema: string): BookStatements {
  const texts: Record<keyof BookStatements, string> = {
    lockAccounts: `INSERT INTO ${schema}.accounts SELECT account, 0
      FROM ${isText('account')} ORDER BY place
      ON CONFLICT (account) DO UPDATE SET sequence = 0 WHERE false`,
    lockItems: `INSERT INTO ${schema}.items SELECT id, '', '', 0
      FROM ${isText('id')} ORDER BY place
      ON CONFLICT (id) DO UPDATE SET arrival = 0 WHERE false`,
    addTransfers: `INSERT INTO ${schema}.transfers SELECT id, content, ${nowMs}
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (id, content, place) ORDER BY place
      ON CONFLICT (id) DO UPDATE SET wall_ms = 0 WHERE false RETURNING id`,
    lookAccounts: `SELECT
      (SELECT array_agg(sequence ORDER BY place)
        FROM ${isText('account')} JOIN ${schema}.accounts USING (account)),
      (SELECT array_agg(coalesce(amount, 0) ORDER BY place)
        FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (account, asset, place)
        LEFT JOIN ${schema}.balances USING (account, asset))`,
    lookItems: `SELECT id, kind, owner
      FROM ${isText('id')} JOIN ${schema}.items USING (id) WHERE owner <> ''`,
    lookTransfers: `SELECT id, t.content FROM unnest($1::text[], $2::text[]) AS k (id, content)
      JOIN ${schema}.transfers AS t USING (id) WHERE t.content <> k.content`,
    addEntries: `INSERT INTO ${schema}.entries SELECT * FROM unnest($1::text[], $2::int8[],
      $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::int8[])`,
    setAccounts: `UPDATE ${schema}.accounts AS a SET sequence = s.sequence
      FROM unnest($1::text[], $2::int8[]) AS s (account, sequence) WHERE a.account = s.account`,
    setBalances: `INSERT INTO ${schema}.balances
      SELECT * FROM unnest($1::text[], $2::text[], $3::int8[])
      ON CONFLICT (account, asset) DO UPDATE SET amount = excluded.amount`,
    setItems: `UPDATE ${schema}.items AS i
      SET kind = s.kind, owner = s.owner, arrival = s.arrival
      FROM unnest($1::text[], $2::text[], $3::text[], $4::int8[]) AS s (id, kind, owner, arrival)
      WHERE i.id = s.id`,
    setTransfers: `UPDATE ${schema}.transfers AS t SET content = s.content
      FROM unnest($1::text[], $2::text[]) AS s (id, content) WHERE t.id = s.id`,
    deleteAccounts: `DELETE FROM ${schema}.accounts WHERE account = ANY ($1::text[])`,
    deleteItems: `DELETE FROM ${schema}.items WHERE id = ANY ($1::text[])`,
    deleteTransfers: `DELETE FROM ${schema}.transfers WHERE id = ANY ($1::text[])`,
  }
  const named = Object.entries(texts).map(([name, text]) => [name, { name, text }])
  return Object.fromEntries(named) as BookStatements
}
