import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { AuditFinding, AuditReport, Move } from '../ports/index.ts'
import { LedgerBatch } from './ledger/batch.ts'
import { type AskBooks, auditBooks, booksAt } from './ledger/books.ts'
import { prepare } from './ledger/content.ts'
import { MemoryBooks } from './ledger/memory-books.ts'
import { SqliteBooks } from './sqlite-books.ts'
import { createBooks } from './sqlite-books-sql.ts'

function freshBooks() {
  const database = new DatabaseSync(':memory:')
  database.exec(createBooks)
  return { database, books: new SqliteBooks(database) }
}

type Books = SqliteBooks | MemoryBooks

function make(books: Books, id: string, moves: readonly Move[]): void {
  const batch = new LedgerBatch(books)
  batch.decide([prepare({ id, moves })], true)
  books.keep(batch, 1_000)
}

const names = ['ada', 'bob', 'cid', 'sink:s']
const anyMove: fc.Arbitrary<Move> = fc
  .tuple(fc.constantFrom(...names, 'source:s'), fc.constantFrom(...names), fc.nat(30))
  .filter(([from, to]) => from !== to)
  .map(([from, to, n]): Move => {
    if (n % 3 > 0) return { from, to, asset: n % 3 > 1 ? 'gold' : 'gems', amount: 1 + (n % 5) }
    const item = `item-${n}`
    return from === 'source:s' ? { from, to, item, kind: 'ring' } : { from, to, item }
  })

const inThread = (books: Books): AskBooks => booksAt(books, async (read) => read())

describe('the audit, in pages', () => {
  it('finds good books in order, however small its pages are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyMove, { maxLength: 60 }), fc.nat(8), async (moves, less) => {
        const memory = new MemoryBooks()
        const { books } = freshBooks()
        moves.forEach((one, index) => {
          for (const kept of [books, memory]) make(kept, `t${index}`, [one])
        })
        const report = await auditBooks(inThread(books), 1 + less)
        assert.deepEqual(report.findings, [])
        assert.deepEqual(report, await auditBooks(inThread(memory), 1 + less))
      }),
    )
  })

  it('is not misled by what is moved while it goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyMove, { maxLength: 40 }),
        fc.array(anyMove, { maxLength: 40 }),
        fc.nat(5),
        async (before, meanwhile, less) => {
          const { books } = freshBooks()
          before.forEach((one, index) => void make(books, `t${index}`, [one]))
          let next = 0
          const ask = booksAt(books, async (read) => {
            for (const one of meanwhile.slice(next, next + 3)) make(books, `m${next++}`, [one])
            return read()
          })
          assert.deepEqual((await auditBooks(ask, 1 + less)).findings, [])
        },
      ),
    )
  })
})

/** Books of a few accounts, changed behind the ledger's back. */
async function tampered(sql: string, pageEntries: number): Promise<AuditReport> {
  const { database, books } = freshBooks()
  make(books, 't1', [{ from: 'source:s', to: 'ada', asset: 'gold', amount: 10 }])
  make(books, 't2', [{ from: 'ada', to: 'bob', asset: 'gold', amount: 4 }])
  make(books, 't3', [{ from: 'mint:m', to: 'bob', item: 'sword', kind: 'sword' }])
  make(books, 't4', [{ from: 'bob', to: 'cid', item: 'sword' }])
  make(books, 't5', [{ from: 'bob', to: 'sink:s', asset: 'gold', amount: 1 }])
  database.exec(sql)
  return auditBooks(inThread(books), pageEntries)
}

describe('the audit, of books that were tampered with', () => {
  const cases: readonly [string, string, Partial<AuditFinding>[]][] = [
    [
      'a balance raised',
      "UPDATE balances SET amount = 9 WHERE account = 'bob' AND asset = 'gold'",
      [
        { what: 'total', asset: 'gold' },
        { what: 'balance', account: 'bob', asset: 'gold' },
      ],
    ],
    [
      'a balance moved to a friend',
      `UPDATE balances SET amount = amount - 2 WHERE account = 'ada' AND asset = 'gold';
       UPDATE balances SET amount = amount + 2 WHERE account = 'bob' AND asset = 'gold'`,
      [
        { what: 'balance', account: 'ada', asset: 'gold' },
        { what: 'balance', account: 'bob', asset: 'gold' },
      ],
    ],
    [
      'a balance out of nothing',
      "INSERT INTO balances VALUES ('eve', 'gold', 5)",
      [
        { what: 'total', asset: 'gold' },
        { what: 'balance', account: 'eve', asset: 'gold' },
      ],
    ],
    [
      'a balance deleted',
      "DELETE FROM balances WHERE account = 'sink:s'",
      [
        { what: 'total', asset: 'gold' },
        { what: 'balance', account: 'sink:s', asset: 'gold' },
      ],
    ],
    [
      'an entry deleted in the middle',
      "DELETE FROM entries WHERE account = 'bob' AND sequence = 2",
      [
        { what: 'history', account: 'bob' },
        { what: 'history', account: 'bob', asset: '' },
      ],
    ],
    [
      'an entry deleted at the end',
      "DELETE FROM entries WHERE account = 'ada' AND sequence = 2",
      [
        { what: 'history', account: 'ada' },
        { what: 'balance', account: 'ada', asset: 'gold' },
      ],
    ],
    [
      'an entry rewritten',
      "UPDATE entries SET change = 12 WHERE account = 'ada' AND sequence = 1",
      [{ what: 'history', account: 'ada', asset: 'gold' }],
    ],
    [
      'a history of no account',
      "INSERT INTO entries VALUES ('bobby', 1, 1, 'ada', 'gold', '', 1, 1)",
      [{ what: 'history', account: 'bobby' }],
    ],
    [
      'an item given away',
      "UPDATE items SET owner = 'ada'",
      [
        { what: 'item', account: 'ada' },
        { what: 'item', account: 'cid' },
        { what: 'item', account: 'ada', item: 'sword' },
      ],
    ],
    [
      'an item out of nothing',
      "INSERT INTO items VALUES ('crown', 'crown', 'ada', 1)",
      [
        { what: 'item', account: 'ada' },
        { what: 'item', account: 'ada', item: 'crown' },
      ],
    ],
    [
      'a transfer deleted',
      "DELETE FROM transfers WHERE id = 't2'",
      [
        { what: 'transfer', account: 'ada' },
        { what: 'transfer', account: 'bob' },
      ],
    ],
    [
      'a debt, told by history and balance alike',
      `UPDATE entries SET change = -14, balance = -4 WHERE account = 'ada' AND sequence = 2;
       UPDATE entries SET change = 14, balance = 14 WHERE account = 'bob' AND sequence = 1;
       UPDATE entries SET balance = 13 WHERE account = 'bob' AND sequence = 4;
       UPDATE balances SET amount = -4 WHERE account = 'ada' AND asset = 'gold';
       UPDATE balances SET amount = 13 WHERE account = 'bob' AND asset = 'gold'`,
      [{ what: 'balance', account: 'ada', asset: 'gold' }],
    ],
  ]
  for (const [name, sql, expected] of cases) {
    it(`names what disagrees: ${name}`, async () => {
      for (const pageEntries of [1, 2, 3, 1_000]) {
        const { findings, findingsTotal } = await tampered(sql, pageEntries)
        assert.deepEqual(
          findings.map(({ detail, ...finding }) => finding),
          expected,
        )
        assert.equal(findingsTotal, expected.length)
      }
    })
  }

  it('lists a hundred findings and counts the others', async () => {
    const rows = Array.from({ length: 150 }, (_, index) => `('eve${index}', 'gold', 1)`)
    const sql = `INSERT INTO balances VALUES ${rows.join(', ')}`
    const { findings, findingsTotal } = await tampered(sql, 1_000)
    assert.deepEqual([findings.length, findingsTotal], [100, 151])
  })
})
