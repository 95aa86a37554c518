import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Move, Transfer } from '../ledger.ts'
import type { Store, TransactionResult } from '../store.ts'
import { inOrder, move, write } from './ledger-kit.ts'

const players = ['ada', 'bob', 'cid', 'sink:fees']
const givers = [...players, 'source:quests', 'mint:forge']
const assets = ['gold', 'gems']
const things = ['sword', 'ring', 'crown']

const account = fc.constantFrom(...players)
const anyMove: fc.Arbitrary<Move> = fc
  .record({
    from: fc.constantFrom(...givers),
    to: account,
    asset: fc.constantFrom(...assets),
    item: fc.option(fc.constantFrom(...things), { nil: undefined }),
    amount: fc.integer({ min: 1, max: 20 }),
  })
  .filter(({ from, to }) => from !== to)
  .map(({ from, to, asset, item, amount }): Move => {
    if (item === undefined) return { from, to, asset, amount }
    return from.includes(':') && from !== 'sink:fees'
      ? { from, to, item, kind: 'thing' }
      : { from, to, item }
  })

/** Few ids, so that many are repeated, with the same content or with another. */
const anyTransfer: fc.Arbitrary<Transfer> = fc.record({
  id: fc.integer({ min: 0, max: 15 }).map((n) => `t${n}`),
  moves: fc.array(anyMove, { minLength: 1, maxLength: 3 }),
})

const anyTransaction = fc.record({
  transfers: fc.uniqueArray(anyTransfer, { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
  writes: fc.boolean(),
})

type Planned = { readonly transfers: readonly Transfer[]; readonly writes: boolean }

/** The books as a reader of the port would keep them, knowing nothing of batches. */
class Model {
  readonly #made = new Map<string, string>()
  #balances = new Map<string, number>()
  #owners = new Map<string, string>()

  /** Returns whether it is possible, and makes it so. */
  apply({ transfers, writes }: Planned): boolean {
    const balances = new Map(this.#balances)
    const owners = new Map(this.#owners)
    const made: Transfer[] = []
    for (const asked of transfers) {
      const known = this.#made.get(asked.id)
      if (known !== undefined && (writes || known !== JSON.stringify(asked))) return false
      if (known !== undefined) continue
      if (!asked.moves.every((one) => moveIn(balances, owners, one))) return false
      made.push(asked)
    }
    for (const one of made) this.#made.set(one.id, JSON.stringify(one))
    this.#balances = balances
    this.#owners = owners
    return true
  }

  async compare({ ledger }: Store): Promise<void> {
    for (const name of givers) {
      for (const asset of assets) {
        const amount = await ledger.balance(name, asset)
        assert.equal(amount, this.#balances.get(`${name} ${asset}`) ?? 0, `${asset} of ${name}`)
        assert.ok(amount >= 0 || name === 'source:quests' || name === 'mint:forge')
      }
    }
    for (const item of things) {
      assert.equal((await ledger.item(item))?.owner, this.#owners.get(item))
    }
    for (const id of this.#made.keys()) assert.ok(await ledger.transfer(id))
  }
}

function moveIn(balances: Map<string, number>, owners: Map<string, string>, one: Move): boolean {
  const issues = one.from === 'source:quests' || one.from === 'mint:forge'
  if ('item' in one) {
    if (owners.get(one.item) !== (issues ? undefined : one.from)) return false
    owners.set(one.item, one.to)
    return true
  }
  const change = (name: string, by: number): number => {
    const key = `${name} ${one.asset}`
    const after = (balances.get(key) ?? 0) + by
    balances.set(key, after)
    return after
  }
  const left = change(one.from, -one.amount)
  change(one.to, one.amount)
  return issues || left >= 0
}

function isRepeat(result: TransactionResult): boolean {
  return result.ok && result.repeated !== undefined
}

/** Registers what holds for any transfers. */
export function ledgerProperties(
  name: string,
  makeStore: () => Store | Promise<Store>,
  runs: number,
): void {
  describe(`ledger, properties: ${name}`, () => {
    it('does what each transaction alone would, in the order of the calls', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(anyTransaction, { minLength: 1, maxLength: 12 }), { maxLength: 5 }),
          async (batches) => {
            const store = await makeStore()
            const model = new Model()
            let key = 0
            for (const batch of batches) {
              const results = await Promise.all(
                batch.map(({ transfers, writes }) => {
                  key += 1
                  return move(store, transfers, { writes: writes ? [write(`w/${key}`)] : [] })
                }),
              )
              batch.forEach((planned, index) => {
                assert.equal(results[index]?.ok, model.apply(planned))
              })
              assert.ok(results.every((result, at) => !(isRepeat(result) && batch[at]?.writes)))
            }
            await model.compare(store)
            await inOrder(store)
            await store.close()
          },
        ),
        { numRuns: runs },
      )
    })
  })
}
