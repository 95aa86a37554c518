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
 * What a balance begins with that is not there yet: far below every balance. Of the batch that made
 * its row, that is: it sets the balance, or deletes the row, before it commits.
 */
export const freshMark = -(2n ** 61n)

/**
 * What a batch does with the books. The first four lock rows in the order of their arrays, which
 * hold each name once; what is not there yet gets a row, as in `RecordStatements.lock`. Balances
 * are locked with their accounts.
 */
export interface BookStatements {
  /** `$1` accounts, `$2` entries: counts them, and returns the accounts and their new sequences. */
  readonly moveAccounts: Statement
  /**
   * `$1` accounts, `$2` assets, `$3` changes: returns the accounts, assets and new amounts, which
   * began with `freshMark` where there was no balance.
   */
  readonly moveBalances: Statement
  /** `$1` items. */
  readonly lockItems: Statement
  /** `$1` ids, `$2` contents: makes the transfers whose ids are new, and returns these. */
  readonly addTransfers: Statement
  /** `$1` items: those that exist. */
  readonly lookItems: Statement
  /** `$1` ids, `$2` contents: those whose content is another. */
  readonly lookTransfers: Statement
  readonly addEntries: Statement
  /** `$1` accounts, `$2` sequences. */
  readonly setAccounts: Statement
  readonly setBalances: Statement
  readonly setItems: Statement
  readonly setTransfers: Statement
  readonly deleteAccounts: Statement
  readonly deleteBalances: Statement
  readonly deleteItems: Statement
  readonly deleteTransfers: Statement
}

const isText = (name: string) => `unnest($1::text[]) WITH ORDINALITY AS k (${name}, place)`
/** One time for all that a statement makes. */
const nowMs = 'floor(1000 * extract(epoch FROM statement_timestamp()))'

/** @param schema checked: it stands in the text as it is */
export function bookStatements(schema: string): BookStatements {
  const texts: Record<keyof BookStatements, string> = {
    moveAccounts: `INSERT INTO ${schema}.accounts AS a SELECT account, entries
      FROM unnest($1::text[], $2::int8[]) WITH ORDINALITY AS k (account, entries, place)
      ORDER BY place
      ON CONFLICT (account) DO UPDATE SET sequence = a.sequence + excluded.sequence
      RETURNING account, sequence`,
    moveBalances: `INSERT INTO ${schema}.balances AS b SELECT account, asset, change + ${freshMark}
      FROM unnest($1::text[], $2::text[], $3::int8[]) AS k (account, asset, change)
      ON CONFLICT (account, asset)
      DO UPDATE SET amount = b.amount + (excluded.amount - ${freshMark})
      RETURNING account, asset, amount`,
    lockItems: `INSERT INTO ${schema}.items SELECT id, '', '', 0
      FROM ${isText('id')} ORDER BY place
      ON CONFLICT (id) DO UPDATE SET arrival = 0 WHERE false`,
    addTransfers: `INSERT INTO ${schema}.transfers SELECT id, content, ${nowMs}
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (id, content, place) ORDER BY place
      ON CONFLICT (id) DO UPDATE SET wall_ms = 0 WHERE false RETURNING id`,
    lookItems: `SELECT id, kind, owner
      FROM ${isText('id')} JOIN ${schema}.items USING (id) WHERE owner <> ''`,
    lookTransfers: `SELECT id, t.content FROM unnest($1::text[], $2::text[]) AS k (id, content)
      JOIN ${schema}.transfers AS t USING (id) WHERE t.content <> k.content`,
    addEntries: `INSERT INTO ${schema}.entries SELECT * FROM unnest($1::text[], $2::int8[],
      $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::int8[])`,
    setAccounts: `UPDATE ${schema}.accounts AS a SET sequence = s.sequence
      FROM unnest($1::text[], $2::int8[]) AS s (account, sequence) WHERE a.account = s.account`,
    setBalances: `UPDATE ${schema}.balances AS b SET amount = s.amount
      FROM unnest($1::text[], $2::text[], $3::int8[]) AS s (account, asset, amount)
      WHERE (b.account, b.asset) = (s.account, s.asset)`,
    setItems: `UPDATE ${schema}.items AS i
      SET kind = s.kind, owner = s.owner, arrival = s.arrival
      FROM unnest($1::text[], $2::text[], $3::text[], $4::int8[]) AS s (id, kind, owner, arrival)
      WHERE i.id = s.id`,
    setTransfers: `UPDATE ${schema}.transfers AS t SET content = s.content
      FROM unnest($1::text[], $2::text[]) AS s (id, content) WHERE t.id = s.id`,
    deleteAccounts: `DELETE FROM ${schema}.accounts WHERE account = ANY ($1::text[])`,
    deleteBalances: `DELETE FROM ${schema}.balances AS b
      USING unnest($1::text[], $2::text[]) AS s (account, asset)
      WHERE (b.account, b.asset) = (s.account, s.asset)`,
    deleteItems: `DELETE FROM ${schema}.items WHERE id = ANY ($1::text[])`,
    deleteTransfers: `DELETE FROM ${schema}.transfers WHERE id = ANY ($1::text[])`,
  }
  const named = Object.entries(texts).map(([name, text]) => [name, { name, text }])
  return Object.fromEntries(named) as BookStatements
}
