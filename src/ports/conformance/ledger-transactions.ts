import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Transfer } from '../ledger.ts'
import { gold, goldOf, historyOf, move, moved, transfer, type Within, write } from './ledger-kit.ts'

export function repeatsConformance(name: string, within: Within): void {
  const pay = transfer('order-1', gold('source:shop', 'ada', 10))

  describe(`ledger, repeated ids: ${name}`, () => {
    it(
      'moves once, however often it is asked for',
      within(async (store) => {
        await moved(store, pay)
        const other = transfer('order-2', gold('source:shop', 'ada', 1))
        const again = await move(store, [pay, other])
        assert.deepEqual(again, { ok: true, versions: [], repeated: ['order-1'] })
        assert.equal(await goldOf(store, 'ada'), 11)
        const both = await Promise.all([move(store, [other]), move(store, [other, pay])])
        assert.deepEqual(both[1], { ok: true, versions: [], repeated: ['order-2', 'order-1'] })
        assert.equal(await goldOf(store, 'ada'), 11)
      }),
    )

    it(
      'moves once where many ask at the same time',
      within(async (store) => {
        const results = await Promise.all(Array.from({ length: 50 }, () => move(store, [pay])))
        assert.ok(results.every(({ ok }) => ok))
        assert.equal(results.filter((result) => !('repeated' in result)).length, 1)
        assert.equal(await goldOf(store, 'ada'), 10)
      }),
    )

    it(
      'refuses the id of another transfer',
      within(async (store) => {
        await moved(store, { ...pay, memo: 'wages' })
        const others: Transfer[] = [
          pay,
          { ...pay, memo: 'fee' },
          { ...transfer('order-1', gold('source:shop', 'ada', 11)), memo: 'wages' },
          { ...transfer('order-1', gold('source:shop', 'bob', 10)), memo: 'wages' },
        ]
        for (const other of others) {
          assert.deepEqual(await move(store, [other]), {
            ok: false,
            refused: { code: 'LEDGER_CONFLICT', transfer: 'order-1' },
          })
        }
        const same = await move(store, [{ ...pay, memo: 'wages' }])
        assert.deepEqual(same, { ok: true, versions: [], repeated: ['order-1'] })
      }),
    )

    it(
      'refuses a repeated transfer together with writes',
      within(async (store) => {
        assert.ok((await move(store, [pay], { writes: [write('level')] })).ok)
        const first = await store.read('level')
        const again = await move(store, [pay], { writes: [write('level')] })
        const refused = { code: 'LEDGER_REPEATED', transfer: 'order-1' }
        assert.deepEqual(again, { ok: false, refused })
        assert.deepEqual(await store.read('level'), first)
        const check = { key: 'level', version: first?.version ?? 0 }
        const checked = await move(store, [pay], { checks: [check] })
        assert.deepEqual(checked, { ok: true, versions: [], repeated: ['order-1'] })
      }),
    )

    it(
      'may make a transfer that was refused before',
      within(async (store) => {
        const spend = transfer('spend', gold('ada', 'shop', 10))
        const [early, , late] = await Promise.all([
          move(store, [spend]),
          move(store, [pay]),
          move(store, [spend]),
        ])
        assert.equal(early?.ok, false)
        assert.deepEqual(late, { ok: true, versions: [] })
        assert.equal(await goldOf(store, 'shop'), 10)
      }),
    )
  })
}

export function togetherConformance(name: string, within: Within): void {
  describe(`ledger, with records: ${name}`, () => {
    it(
      'writes records and books together or neither',
      within(async (store) => {
        const pay = (id: string, amount: number) => transfer(id, gold('ada', 'sink:train', amount))
        await moved(store, transfer('start', gold('source:s', 'ada', 50)))
        const [poor, stale, fine] = await Promise.all([
          move(store, [pay('a1', 10), pay('a2', 41)], { writes: [write('poor')] }),
          move(store, [pay('b1', 10)], {
            checks: [{ key: 'none', version: 7 }],
            writes: [write('stale')],
          }),
          move(store, [pay('c1', 10), pay('c2', 40)], { writes: [write('fine')] }),
        ])
        assert.ok(poor && !poor.ok && 'refused' in poor)
        assert.equal(poor.refused.transfer, 'a2')
        assert.ok(stale && !stale.ok && 'failed' in stale)
        assert.ok(fine?.ok && fine.versions.length === 1)
        assert.equal(await store.read('poor'), undefined)
        assert.equal(await store.read('stale'), undefined)
        assert.ok(await store.read('fine'))
        assert.equal(await goldOf(store, 'ada'), 0)
        assert.equal(await store.ledger.transfer('a1'), undefined)
        assert.equal(await store.ledger.transfer('b1'), undefined)
      }),
    )

    it(
      'lets as many of a rush through as there is money for',
      within(async (store) => {
        await moved(store, transfer('start', gold('source:s', 'shared', 30)))
        const results = await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            move(store, [transfer(`t${index}`, gold('shared', `p${index}`, 1))], {
              writes: [write(`got/${index}`)],
            }),
          ),
        )
        assert.equal(results.filter(({ ok }) => ok).length, 30)
        assert.equal((await store.scan('got/', { limit: 100 })).length, 30)
        assert.equal((await historyOf(store, 'shared')).length, 31)
        assert.equal(await goldOf(store, 'shared'), 0)
      }),
    )

    it(
      'copies what it is given',
      within(async (store) => {
        const moves = [{ from: 'source:s', to: 'ada', asset: 'gold', amount: 1 }]
        const given = { id: 't1', moves }
        const written = store.transact({ checks: [], writes: [], transfers: [given] })
        Object.assign(moves[0] as object, { amount: 1_000 })
        Object.assign(given, { id: 't2' })
        assert.ok((await written).ok)
        assert.equal(await goldOf(store, 'ada'), 1)
      }),
    )
  })
}
