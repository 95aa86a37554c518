import pg from 'pg'
import { type Books, FUNDS } from './books.ts'

const CONNECTIONS = 16

/**
 * The same rows as ours: each id once with its content, a balance for each account, and a history
 * without gaps, with the balance after each entry.
 */
const tables = `
  CREATE SCHEMA naive;
  CREATE TABLE naive.transfers (
    id text COLLATE "C" PRIMARY KEY,
    content text NOT NULL,
    wall_ms bigint NOT NULL
  );
  CREATE TABLE naive.accounts (
    account text COLLATE "C" PRIMARY KEY,
    sequence bigint NOT NULL,
    amount bigint NOT NULL
  ) WITH (fillfactor = 80);
  CREATE TABLE naive.entries (
    account text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    transfer text COLLATE "C" NOT NULL,
    counter text NOT NULL,
    asset text NOT NULL,
    change bigint NOT NULL,
    balance bigint NOT NULL,
    PRIMARY KEY (account, sequence)
  )`

/** One transfer by which a bank gives everybody something to spend. */
const funding = `
  WITH given AS (SELECT account, place, $2::bigint AS gold
      FROM unnest($1::text[]) WITH ORDINALITY AS g (account, place)),
    banked AS (INSERT INTO naive.accounts SELECT 'bank', count(*), -sum(gold) FROM given),
    opened AS (INSERT INTO naive.accounts SELECT account, 1, gold FROM given),
    paid AS (INSERT INTO naive.entries
      SELECT 'bank', place, 'funds', account, 'gold', -gold, -gold * place FROM given)
  INSERT INTO naive.entries SELECT account, 1, 'funds', 'bank', 'gold', gold, gold FROM given`

const statements = {
  begin: 'BEGIN',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  add: 'INSERT INTO naive.transfers VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
  // Judges under the lock whether there is enough.
  take: `UPDATE naive.accounts SET amount = amount - $2, sequence = sequence + 1
    WHERE account = $1 AND amount >= $2 RETURNING sequence, amount`,
  give: `UPDATE naive.accounts SET amount = amount + $2, sequence = sequence + 1
    WHERE account = $1 RETURNING sequence, amount`,
  enter: `INSERT INTO naive.entries VALUES
    ($1, $2, $3, $4, 'gold', $5, $6), ($4, $7, $3, $1, 'gold', -($5::bigint), $8)`,
} as const

/** How much there is, and how many accounts have a history that does not lead to their balance. */
const auditing = `
  SELECT (SELECT sum(amount) FROM naive.accounts) AS sum,
    (SELECT count(*) FROM naive.entries) AS entries,
    (SELECT count(*) FROM naive.accounts AS a
      LEFT JOIN (SELECT account, count(*) AS entries, sum(change) AS changes
        FROM naive.entries GROUP BY account) AS e USING (account)
      WHERE a.sequence <> coalesce(e.entries, 0) OR a.amount <> coalesce(e.changes, 0)) AS wrong`

/** What everybody would write first: one transaction of PostgreSQL for each request, on a pool. */
export async function naiveBooks(url: string, accounts: readonly string[]): Promise<Books> {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS })
  await pool.query(tables)
  await pool.query(funding, [accounts, FUNDS])
  return {
    transfer: async (id, from, to, amount) => {
      const client = await pool.connect()
      try {
        return await transact(client, id, from, to, amount)
      } finally {
        client.release()
      }
    },
    audit: async () => {
      const [row] = (await pool.query<Record<'sum' | 'entries' | 'wrong', string>>(auditing)).rows
      const wrong: string[] = []
      if (row?.sum !== '0') wrong.push(`its balances sum to ${row?.sum}`)
      if (row?.wrong !== '0') wrong.push(`${row?.wrong} histories do not fit their balances`)
      return { entries: Number(row?.entries), wrong }
    },
    close: () => pool.end(),
  }
}

interface Row {
  readonly sequence: string
  readonly amount: string
}

async function transact(
  client: pg.PoolClient,
  id: string,
  from: string,
  to: string,
  amount: number,
): Promise<boolean> {
  const run = (name: keyof typeof statements, ...values: unknown[]) =>
    client.query<Row>({ name, text: statements[name], values })
  await run('begin')
  const content = JSON.stringify([null, [[from, to, 'gold', amount]]])
  if ((await run('add', id, content, Date.now())).rowCount === 0) {
    await run('rollback')
    return true
  }
  // All lock in the order of names, or two of them would wait for each other.
  const [early, late] = from < to ? (['take', 'give'] as const) : (['give', 'take'] as const)
  const first = (await run(early, early === 'take' ? from : to, amount)).rows[0]
  const second = (await run(late, late === 'take' ? from : to, amount)).rows[0]
  if (first === undefined || second === undefined) {
    await run('rollback')
    return false
  }
  const [taken, given] = early === 'take' ? [first, second] : [second, first]
  await run(
    'enter',
    ...[from, taken.sequence, id, to, -amount, taken.amount],
    ...[given.sequence, given.amount],
  )
  await run('commit')
  return true
}
