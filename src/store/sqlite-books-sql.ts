import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** The tables of the ledger: the third format of the file. */
export const createBooks = `
  CREATE TABLE transfers (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    wall_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE entries (
    account TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    transfer INTEGER NOT NULL,
    counter TEXT NOT NULL,
    asset TEXT NOT NULL,
    item TEXT NOT NULL,
    change INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    PRIMARY KEY (account, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE accounts (
    account TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE balances (
    account TEXT NOT NULL,
    asset TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (account, asset)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE items (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    arrival INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX items_by_owner ON items (owner)`

const history = `
  SELECT e.sequence, e.counter, e.asset, e.item, e.change, e.balance,
    t.id, t.content, t.wall_ms AS wallMs
  FROM entries AS e LEFT JOIN transfers AS t ON t.number = e.transfer
  WHERE e.account = ?1 AND e.sequence`

/** The same accounts as in rules.ts. */
const isIssuer = "(account GLOB 'source:*' OR account GLOB 'mint:*')"
const isSink = "account GLOB 'sink:*'"

const statements = {
  transfer: 'SELECT content, wall_ms AS wallMs FROM transfers WHERE id = ?',
  account: 'SELECT sequence FROM accounts WHERE account = ?',
  balance: 'SELECT amount FROM balances WHERE account = ? AND asset = ?',
  item: 'SELECT id, kind, owner FROM items WHERE id = ?',
  addTransfer: 'INSERT INTO transfers (id, content, wall_ms) VALUES (?, ?, ?)',
  addEntry: 'INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  setAccount: 'REPLACE INTO accounts VALUES (?, ?)',
  setBalance: 'REPLACE INTO balances VALUES (?, ?, ?)',
  setItem: 'REPLACE INTO items VALUES (?, ?, ?, ?)',
  balances: `SELECT asset, amount FROM balances
    WHERE account = ?1 AND asset > ?2 ORDER BY asset LIMIT ?3`,
  items: `SELECT id, kind, owner FROM items
    WHERE owner = ?1 AND id > ?2 ORDER BY id LIMIT ?3`,
  historyUp: `${history} > ?2 ORDER BY e.sequence LIMIT ?3`,
  historyDown: `${history} < ?2 ORDER BY e.sequence DESC LIMIT ?3`,
  // The sum of all balances may be beyond 64 bits, so their halves are summed.
  totals: `SELECT asset, ${isIssuer} AS issued, ${isSink} AS sunk,
      sum(amount >> 26) AS high, sum(amount & 67108863) AS low
    FROM balances GROUP BY 1, 2, 3 ORDER BY 1`,
  auditEntries: `SELECT e.account, e.sequence, e.asset, e.change, e.balance,
      t.number IS NOT NULL AS known
    FROM entries AS e LEFT JOIN transfers AS t ON t.number = e.transfer
    WHERE (e.account, e.sequence) > (?1, ?2) ORDER BY e.account, e.sequence LIMIT ?3`,
  auditAccountsFrom: `SELECT account FROM accounts WHERE account >= ?1
    UNION SELECT account FROM balances WHERE account >= ?1 ORDER BY 1`,
  auditAccountsBetween: `SELECT account FROM accounts WHERE account BETWEEN ?1 AND ?2
    UNION SELECT account FROM balances WHERE account BETWEEN ?1 AND ?2 ORDER BY 1`,
  auditBalances: 'SELECT asset, amount FROM balances WHERE account = ? ORDER BY asset',
  held: 'SELECT count(*) AS held FROM items WHERE owner = ?',
  auditItems: `SELECT i.id, i.owner, e.item IS i.id AND e.change IS 1 AS arrived
    FROM items AS i
    LEFT JOIN entries AS e ON e.account = i.owner AND e.sequence = i.arrival
    WHERE i.id > ?1 ORDER BY i.id LIMIT ?2`,
} as const

export type BookStatements = Readonly<Record<keyof typeof statements, StatementSync>>

export function bookStatements(database: DatabaseSync): BookStatements {
  const prepared = Object.entries(statements).map(([name, sql]) => [name, database.prepare(sql)])
  return Object.fromEntries(prepared) as BookStatements
}
