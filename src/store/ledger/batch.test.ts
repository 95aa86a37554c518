import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Move } from '../../ports/index.ts'
import { LedgerBatch, type LedgerFacts } from './batch.ts'
import { type PreparedTransfer, prepare, prepared } from './content.ts'
import { MemoryBooks } from './memory-books.ts'
import { type LedgerNeeds, ledgerNeeds, loadedFacts } from './needs.ts'

const accounts = ['ada', 'bob', 'cid', 'source:s']

const anyMove: fc.Arbitrary<Move> = fc
  .tuple(fc.constantFrom(...accounts), fc.constantFrom('ada', 'bob', 'cid'), fc.nat(3), fc.nat(9))
  .filter(([from, to]) => from !== to)
  .map(([from, to, what, amount]): Move => {
    if (what > 0) return { from, to, asset: 'gold', amount: amount + 1 }
    const item = `item-${amount % 3}`
    return from === 'source:s' ? { from, to, item, kind: 'ring' } : { from, to, item }
  })

/** Transactions of transfers; few ids, so that some come again. */
const anyBatch: fc.Arbitrary<PreparedTransfer[][]> = fc.array(
  fc.uniqueArray(
    fc
      .record({
        id: fc.nat(12).map(String),
        moves: fc.array(anyMove, { minLength: 1, maxLength: 3 }),
      })
      .map(prepare),
    { maxLength: 3, selector: ({ id }) => id },
  ),
  { maxLength: 8 },
)

/** What an adapter would load of these books before it decides. */
function load(books: LedgerFacts, needs: LedgerNeeds): LedgerFacts {
  const present = <T>(names: Iterable<string>, find: (name: string) => T | undefined) => {
    const found = new Map<string, T>()
    for (const name of names) {
      const value = find(name)
      if (value !== undefined) found.set(name, value)
    }
    return found
  }
  return loadedFacts({
    transfers: present(needs.transfers, (id) => books.content(id)),
    sequences: present(needs.balances.keys(), (account) => books.sequence(account)),
    balances: present(needs.balances.keys(), (account) =>
      present(needs.balances.get(account) ?? [], (asset) => books.balance(account, asset)),
    ),
    items: present(needs.items, (id) => books.item(id)),
  })
}

const plain = ({ changes }: LedgerBatch) => ({
  ...changes,
  balances: [...changes.balances],
  items: [...changes.items],
})

describe('the ledger, a batch', () => {
  it('needs no more facts than were named before', () => {
    fc.assert(
      fc.property(fc.array(anyBatch, { maxLength: 4 }), fc.boolean(), (batches, hasWrites) => {
        const books = new MemoryBooks()
        for (const batch of batches) {
          const whole = books.begin()
          const loaded = new LedgerBatch(load(books, ledgerNeeds(batch)))
          for (const transfers of batch) {
            const decision = loaded.decide(transfers, hasWrites)
            assert.deepEqual(decision, whole.decide(transfers, hasWrites))
          }
          assert.deepEqual(plain(loaded), plain(whole))
          books.keep(whole, 0)
        }
      }),
    )
  })

  it('decides each transaction as if it were alone, after those before it', () => {
    fc.assert(
      fc.property(fc.array(anyBatch, { maxLength: 4 }), fc.boolean(), (batches, hasWrites) => {
        const together = new MemoryBooks()
        const apart = new MemoryBooks()
        for (const batch of batches) {
          const whole = together.begin()
          for (const transfers of batch) {
            const alone = apart.begin()
            const decision = whole.decide(transfers, hasWrites)
            assert.deepEqual(decision, alone.decide(transfers, hasWrites))
            apart.keep(alone, 0)
          }
          together.keep(whole, 0)
        }
        assert.deepEqual(together.auditEntries(undefined, 1), apart.auditEntries(undefined, 1))
        assert.deepEqual(together.auditItems(undefined, 100), apart.auditItems(undefined, 100))
      }),
    )
  })

  it('writes the balance of a hot account once, and its entries one by one', () => {
    const books = new MemoryBooks()
    const batch = books.begin()
    for (let index = 0; index < 500; index += 1) {
      const moves = [{ from: 'source:s', to: 'hot', asset: 'gold', amount: 2 }]
      assert.deepEqual(batch.decide([prepare({ id: `t${index}`, moves })], true), { repeated: [] })
    }
    const { balances, sequences, entries } = batch.changes
    assert.deepEqual(
      [...balances],
      [
        { account: 'source:s', asset: 'gold', amount: -1_000 },
        { account: 'hot', asset: 'gold', amount: 1_000 },
      ],
    )
    assert.deepEqual([...sequences.values()], [500, 500])
    assert.equal(entries.length, 1_000)
  })

  it('reads a transfer from its content as it was', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        for (const transfer of batch.flat()) {
          assert.deepEqual(prepared(transfer.id, transfer.content), transfer)
        }
      }),
    )
  })
})
