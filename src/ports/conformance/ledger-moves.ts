import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Transfer } from '../ledger.ts'
import {
  forge,
  give,
  gold,
  goldOf,
  historyOf,
  inOrder,
  move,
  moved,
  transfer,
  type Within,
} from './ledger-kit.ts'

export function moneyConformance(name: string, within: Within): void {
  describe(`ledger, money: ${name}`, () => {
    it(
      'takes from one account what it gives to the other',
      within(async (store) => {
        assert.equal(await goldOf(store, 'player:ada'), 0)
        await moved(store, transfer('t1', gold('source:quests', 'player:ada', 100)))
        await moved(store, transfer('t2', gold('player:ada', 'player:bob', 30)))
        await moved(store, transfer('t3', gold('player:bob', 'sink:repairs', 5)))
        assert.equal(await goldOf(store, 'source:quests'), -100)
        assert.equal(await goldOf(store, 'player:ada'), 70)
        assert.equal(await goldOf(store, 'player:bob'), 25)
        assert.equal(await goldOf(store, 'sink:repairs'), 5)
        assert.equal(await store.ledger.balance('player:ada', 'gems'), 0)
      }),
    )

    it(
      'refuses what an account does not have, and tells what it has',
      within(async (store) => {
        await moved(store, transfer('t1', gold('source:quests', 'player:ada', 10)))
        const short = { account: 'player:ada', asset: 'gold', amount: 11, balance: 10 }
        assert.deepEqual(await move(store, [transfer('t2', gold('player:ada', 'shop', 11))]), {
          ok: false,
          refused: { code: 'LEDGER_FUNDS', transfer: 't2', ...short },
        })
        const empty = { account: 'sink:x', asset: 'gold', amount: 1, balance: 0 }
        assert.deepEqual(await move(store, [transfer('t3', gold('sink:x', 'player:ada', 1))]), {
          ok: false,
          refused: { code: 'LEDGER_FUNDS', transfer: 't3', ...empty },
        })
        await moved(store, transfer('t2', gold('player:ada', 'shop', 10)))
        assert.equal(await goldOf(store, 'player:ada'), 0)
      }),
    )

    it(
      'applies the moves of a transfer in order, all or none',
      within(async (store) => {
        const through = transfer('t1', gold('source:s', 'a', 5), gold('a', 'b', 5))
        await moved(store, through)
        const back = transfer('t2', gold('b', 'a', 5), gold('a', 'c', 6))
        const result = await move(store, [back])
        assert.ok(!result.ok && 'refused' in result && result.refused.code === 'LEDGER_FUNDS')
        const early = await move(store, [transfer('t3', gold('a', 'c', 1), gold('b', 'a', 5))])
        assert.equal(early.ok, false, 'what comes later does not count yet')
        assert.deepEqual([await goldOf(store, 'a'), await goldOf(store, 'b')], [0, 5])
        assert.equal(await store.ledger.transfer('t2'), undefined)
      }),
    )

    it(
      'keeps balances where they are exact',
      within(async (store) => {
        const most = Number.MAX_SAFE_INTEGER
        await moved(store, transfer('t1', gold('source:a', 'vault', most)))
        assert.equal(await goldOf(store, 'source:a'), -most)
        const over = await move(store, [transfer('t2', gold('source:b', 'vault', 1))])
        const at = { transfer: 't2', account: 'vault', asset: 'gold', amount: 1, balance: most }
        assert.deepEqual(over, { ok: false, refused: { code: 'LEDGER_OVERFLOW', ...at } })
        const dry = await move(store, [transfer('t3', gold('source:a', 'other', 1))])
        const of = { transfer: 't3', account: 'source:a', asset: 'gold', amount: 1, balance: -most }
        assert.deepEqual(dry, { ok: false, refused: { code: 'LEDGER_OVERFLOW', ...of } })
        await moved(store, transfer('t4', gold('source:b', 'other', most)))
        const { totals } = await inOrder(store)
        assert.equal(totals[0]?.issued, 2n * BigInt(most))
      }),
    )
  })
}

export function itemsConformance(name: string, within: Within): void {
  describe(`ledger, items: ${name}`, () => {
    it(
      'gives an item one owner at a time, from the mint to the sink',
      within(async (store) => {
        await moved(store, transfer('t1', forge('ada', 'sword-1', 'sword/oak')))
        const sword = { id: 'sword-1', kind: 'sword/oak' }
        assert.deepEqual(await store.ledger.item('sword-1'), { ...sword, owner: 'ada' })
        await moved(store, transfer('t2', give('ada', 'bob', 'sword-1')))
        assert.deepEqual(await store.ledger.items('ada', { limit: 10 }), [])
        const ofBob = await store.ledger.items('bob', { limit: 10 })
        assert.deepEqual(ofBob, [{ ...sword, owner: 'bob' }])
        await moved(store, transfer('t3', give('bob', 'sink:forge', 'sword-1')))
        assert.deepEqual(await store.ledger.item('sword-1'), { ...sword, owner: 'sink:forge' })
        assert.equal(await store.ledger.item('sword-2'), undefined)
      }),
    )

    it(
      'refuses an item that is not there, and tells who has it',
      within(async (store) => {
        await moved(store, transfer('t1', forge('ada', 'sword')))
        const refusal = { code: 'LEDGER_ITEM', transfer: 't2', item: 'sword', owner: 'ada' }
        assert.deepEqual(await move(store, [transfer('t2', give('bob', 'cid', 'sword'))]), {
          ok: false,
          refused: { ...refusal, account: 'bob' },
        })
        const again = await move(store, [transfer('t2', forge('bob', 'sword'))])
        const refused = { ...refusal, account: 'mint:forge' }
        assert.deepEqual(again, { ok: false, refused })
        const none = await move(store, [transfer('t2', give('bob', 'cid', 'axe'))])
        const missing = { ...refusal, item: 'axe', account: 'bob', owner: undefined }
        assert.deepEqual(none, { ok: false, refused: missing })
      }),
    )

    it(
      'trades things for money in one transfer or not at all',
      within(async (store) => {
        const start = [forge('ada', 'sword'), gold('source:s', 'bob', 50)]
        await moved(store, transfer('start', ...start))
        const trade = (id: string, price: number): Transfer =>
          transfer(id, give('ada', 'bob', 'sword'), gold('bob', 'ada', price))
        assert.equal((await move(store, [trade('dear', 51)])).ok, false)
        assert.equal((await store.ledger.item('sword'))?.owner, 'ada')
        await moved(store, trade('fair', 50))
        assert.equal((await store.ledger.item('sword'))?.owner, 'bob')
        assert.equal(await goldOf(store, 'ada'), 50)
      }),
    )

    it(
      'moves an item along within one transaction',
      within(async (store) => {
        const chain = [
          transfer('t1', forge('a', 'ring', 'ring/gold'), give('a', 'b', 'ring')),
          transfer('t2', give('b', 'a', 'ring'), give('a', 'c', 'ring')),
        ]
        await moved(store, ...chain)
        assert.deepEqual(await store.ledger.item('ring'), {
          id: 'ring',
          kind: 'ring/gold',
          owner: 'c',
        })
        const changes = (await historyOf(store, 'a')).map(({ change, balance }) => [
          change,
          balance,
        ])
        assert.deepEqual(changes, [
          [1, 1],
          [-1, 0],
          [1, 1],
          [-1, 0],
        ])
      }),
    )
  })
}
