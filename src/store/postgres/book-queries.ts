import type { Statement } from './session.ts'

/** How the books are read; each statement sees one moment. */
export interface BookQueries {
  readonly balance: Statement
  readonly balances: Statement
  readonly items: Statement
  readonly item: Statement
  readonly transfer: Statement
  readonly historyUp: Statement
  readonly historyDown: Statement
  readonly totals: Statement
  /** `$1` account, `$2` sequence, `$3` limit: entries and accounts, as two arrays of JSON. */
  readonly auditEntries: Statement
  readonly auditItems: Statement
}

/** The same accounts as in rules.ts. */
const isIssuer = `starts_with(account, 'source:') OR starts_with(account, 'mint:')`
const isSink = `starts_with(account, 'sink:')`

/** @param schema checked: it stands in the text as it is */
export function bookQueries(schema: string): BookQueries {
  const history = `
    SELECT e.sequence, e.transfer, e.counter, e.asset, e.item, e.change, e.balance,
      t.content, t.wall_ms
    FROM ${schema}.entries AS e LEFT JOIN ${schema}.transfers AS t ON t.id = e.transfer
    WHERE e.account = $1 AND e.sequence`
  const sumWhere = (condition: string) => `coalesce(sum(amount) FILTER (WHERE ${condition}), 0)`
  const texts: Record<keyof BookQueries, string> = {
    balance: `SELECT amount FROM ${schema}.balances WHERE account = $1 AND asset = $2`,
    balances: `SELECT asset, amount FROM ${schema}.balances
      WHERE account = $1 AND asset > $2 ORDER BY asset LIMIT $3::int8`,
    items: `SELECT id, kind, owner FROM ${schema}.items
      WHERE owner = $1 AND id > $2 ORDER BY id LIMIT $3::int8`,
    item: `SELECT id, kind, owner FROM ${schema}.items WHERE id = $1`,
    transfer: `SELECT content, wall_ms FROM ${schema}.transfers WHERE id = $1`,
    historyUp: `${history} > $2::int8 ORDER BY e.sequence LIMIT $3::int8`,
    historyDown: `${history} < $2::int8 ORDER BY e.sequence DESC LIMIT $3::int8`,
    totals: `SELECT asset, ${sumWhere(isIssuer)}, ${sumWhere(isSink)},
        ${sumWhere(`NOT (${isIssuer} OR ${isSink})`)}
      FROM ${schema}.balances GROUP BY asset ORDER BY asset`,
    auditEntries: auditEntries(schema),
    auditItems: `SELECT i.id, i.owner, coalesce(e.item = i.id AND e.change = 1, false)
      FROM ${schema}.items AS i
      LEFT JOIN ${schema}.entries AS e ON e.account = i.owner AND e.sequence = i.arrival
      WHERE i.id > $1 ORDER BY i.id LIMIT $2::int8`,
  }
  const named = Object.entries(texts).map(([name, text]) => [name, { name, text }])
  return Object.fromEntries(named) as BookQueries
}

function auditEntries(schema: string): string {
  return `
    WITH page AS MATERIALIZED (
      SELECT e.account, e.sequence, e.asset, e.change, e.balance, t.id IS NOT NULL AS known
      FROM ${schema}.entries AS e LEFT JOIN ${schema}.transfers AS t ON t.id = e.transfer
      WHERE (e.account, e.sequence) > ($1, $2::int8)
      ORDER BY e.account, e.sequence LIMIT $3::int8
    ), edge AS MATERIALIZED (
      SELECT count(*) < $3::int8 AS last, max(account) AS account FROM page
    ), names AS (
      SELECT a.account FROM edge, ${schema}.accounts AS a
      WHERE a.account >= $1 AND (edge.last OR a.account <= edge.account)
      UNION
      SELECT b.account FROM edge, ${schema}.balances AS b
      WHERE b.account >= $1 AND (edge.last OR b.account <= edge.account)
    ), listed AS (
      SELECT n.account,
        coalesce((SELECT a.sequence FROM ${schema}.accounts AS a
          WHERE a.account = n.account), 0) AS sequence,
        (SELECT count(*) FROM ${schema}.items AS i WHERE i.owner = n.account) AS held,
        (SELECT coalesce(json_agg(json_build_object('asset', b.asset, 'amount', b.amount)), '[]')
          FROM ${schema}.balances AS b WHERE b.account = n.account) AS balances
      FROM names AS n
    )
    SELECT
      (SELECT coalesce(json_agg(page ORDER BY account, sequence), '[]') FROM page),
      (SELECT coalesce(json_agg(listed ORDER BY account), '[]') FROM listed)`
}
