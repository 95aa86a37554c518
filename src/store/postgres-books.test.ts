import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Move, Store, Transfer } from '../ports/index.ts'
import { postgresStore } from './postgres.ts'
import { startPostgres, type TestPostgres } from './test-kit/postgres.ts'

let server: TestPostgres
before(async () => {
  server = await startPostgres({ fsync: 'off' })
})
after(() => server?.stop())

const gold = (from: string, to: string, amount: number): Move => ({
  from,
  to,
  asset: 'gold',
  amount,
})
const transfer = (id: string, ...moves: Move[]): Transfer => ({ id, moves })
const make = (store: Store, ...transfers: Transfer[]) =>
  store.transact({ checks: [], writes: [], transfers })

async function stores(count: number): Promise<{ all: Store[]; schema: string }> {
  const schema = server.freshSchema()
  const opening = Array.from({ length: count }, () => postgresStore({ url: server.url, schema }))
  return { all: await Promise.all(opening), schema }
}

const closeAll = (all: readonly Store[]) => Promise.all(all.map((store) => store.close()))

describe('postgres ledger, several processes', () => {
  it('makes a transfer once, whoever else is asked for it', async () => {
    const { all } = await stores(3)
    for (let round = 0; round < 50; round += 1) {
      const id = `reward/${round}`
      const asked = all.map((store) => make(store, transfer(id, gold('source:quest', 'a', 5))))
      const results = await Promise.all(asked)
      assert.ok(results.every(({ ok }) => ok))
      const repeats = results.filter((result) => result.ok && result.repeated?.includes(id))
      assert.equal(repeats.length, 2)
    }
    assert.equal(await all[0]?.ledger.balance('a', 'gold'), 250)
    await closeAll(all)
  })

  it('lets nobody spend what another spends, and stays in order all the while', async () => {
    const { all, schema } = await stores(3)
    const [first] = all as [Store]
    const names = Array.from({ length: 8 }, (_, index) => `player:${index}`)
    await make(first, transfer('start', ...names.map((name) => gold('source:bank', name, 20))))
    const audits = [first.ledger.audit()]
    let refused = 0
    const spend = async (store: Store, who: number): Promise<void> => {
      for (let round = 0; round < 40; round += 1) {
        const from = names[(round * 3 + who) % 8] as string
        const to = names[(round * 5 + who * 2 + 1) % 8] as string
        if (from === to) continue
        // Accounts are named in both orders, and a sink that all share comes first or last.
        const moves = [gold(from, to, 7), gold(from, 'sink:tax', 1)]
        const id = `spend/${who}/${round}`
        const result = await make(store, transfer(id, ...(round % 2 ? moves : moves.reverse())))
        if (!result.ok) refused += 1
        if (round % 10 === 0) audits.push(store.ledger.audit())
      }
    }
    await Promise.all(all.flatMap((store, index) => [spend(store, index), spend(store, index + 3)]))
    audits.push(first.ledger.audit())
    for (const report of await Promise.all(audits)) assert.deepEqual(report.findings, [])
    const balances = await Promise.all(names.map((name) => first.ledger.balance(name, 'gold')))
    const tax = await first.ledger.balance('sink:tax', 'gold')
    assert.equal(
      balances.reduce((sum, balance) => sum + balance, tax),
      160,
    )
    assert.ok(refused > 0 && tax > 0)
    const deadlocks = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'
    assert.deepEqual(await server.asGame(deadlocks), [['0']])
    // Nothing is left of what was locked for a transfer that was refused.
    const left = await server.asGame(
      `SELECT count(*) FROM ${schema}.accounts WHERE sequence = 0 UNION ALL
       SELECT count(*) FROM ${schema}.records`,
    )
    assert.deepEqual(left, [['0'], ['0']])
    await closeAll(all)
  })

  it('leaves nothing of a refused transfer, though it is applied before it is judged', async () => {
    const { all, schema } = await stores(1)
    const [store] = all as [Store]
    const most = Number.MAX_SAFE_INTEGER
    await make(store, transfer('start', gold('source:bank', 'ada', most)))
    const lamp: Move = { from: 'bob', to: 'cid', asset: 'lamp', amount: 1 }
    const results = await Promise.all([
      make(store, transfer('too much', gold('source:mint', 'ada', most))),
      make(store, transfer('nothing there', lamp, gold('ada', 'bob', 5))),
      make(store, transfer('start', gold('source:bank', 'ada', most))),
      make(store, transfer('most', gold('ada', 'bob', most - 1))),
    ])
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [false, false, true, true],
    )
    const balances = `SELECT account, asset, amount FROM ${schema}.balances ORDER BY 1, 2`
    assert.deepEqual(await server.asGame(balances), [
      ['ada', 'gold', '1'],
      ['bob', 'gold', `${most - 1}`],
      ['source:bank', 'gold', `${-most}`],
    ])
    const accounts = `SELECT account, sequence FROM ${schema}.accounts ORDER BY 1`
    assert.deepEqual(await server.asGame(accounts), [
      ['ada', '2'],
      ['bob', '1'],
      ['source:bank', '1'],
    ])
    assert.deepEqual((await store.ledger.audit()).findings, [])
    await store.close()
  })

  it('gives an item to one of those who want it', async () => {
    const { all } = await stores(3)
    const [first] = all as [Store]
    for (let round = 0; round < 30; round += 1) {
      const item = `sword/${round}`
      const born = { from: 'mint:forge', to: 'shop', item, kind: 'sword' }
      await make(first, transfer(`forge/${round}`, born))
      const asked = all.map((store, index) => {
        const to = `player:${index}`
        return make(store, transfer(`buy/${round}/${index}`, { from: 'shop', to, item }))
      })
      const winners = (await Promise.all(asked)).map(({ ok }) => ok)
      assert.equal(winners.filter((won) => won).length, 1)
      const { owner } = (await first.ledger.item(item)) ?? {}
      assert.equal(owner, `player:${winners.indexOf(true)}`)
    }
    assert.deepEqual((await first.ledger.audit()).findings, [])
    await closeAll(all)
  })
})

describe('postgres ledger, damaged books', () => {
  const damages = [
    ['a balance', 'total', "UPDATE $.balances SET amount = amount + 1 WHERE account = 'a'"],
    ['an entry that is gone', 'history', "DELETE FROM $.entries WHERE account = 'a'"],
    ['a transfer that is gone', 'transfer', "DELETE FROM $.transfers WHERE id = 't'"],
    ['an item of another', 'item', "UPDATE $.items SET owner = 'b'"],
  ] as const
  for (const [what, finding, sql] of damages) {
    it(`finds ${what}`, async () => {
      const { all, schema } = await stores(1)
      const [store] = all as [Store]
      const item = { from: 'mint:forge', to: 'a', item: 'sword/1', kind: 'sword' }
      await make(store, transfer('t', gold('source:x', 'a', 5), item))
      await make(store, transfer('u', gold('a', 'b', 2)))
      assert.equal((await store.ledger.audit()).findingsTotal, 0)
      await server.asGame(sql.replace('$', schema))
      const { findings } = await store.ledger.audit()
      assert.ok(findings.some((one) => one.what === finding))
      await store.close()
    })
  }
})
