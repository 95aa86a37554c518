import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ItemMove, LedgerPage, Move, Transfer } from '../ledger.ts'
import type { Store } from '../store.ts'
import {
  codeIs,
  forge,
  gold,
  goldOf,
  historyOf,
  inOrder,
  move,
  moved,
  transfer,
  type Within,
} from './ledger-kit.ts'

export function readingConformance(name: string, within: Within): void {
  history(name, within)
  pages(name, within)
  audits(name, within)
  limits(name, within)
}

function history(name: string, within: Within): void {
  describe(`ledger, history: ${name}`, () => {
    it(
      'tells what came and went, from where and why',
      within(async (store) => {
        const first = transfer('t1', gold('source:s', 'ada', 9))
        const second = transfer('t2', forge('ada', 'sword'), gold('ada', 'bob', 4))
        await moved(store, { ...first, memo: 'first “day”\n' }, second)
        const entries = await historyOf(store, 'ada')
        const [{ wallMs } = { wallMs: 0 }] = entries
        assert.ok(Number.isInteger(wallMs) && wallMs > 1e12)
        const t1 = { transfer: 't1', wallMs, memo: 'first “day”\n' }
        const t2 = { transfer: 't2', wallMs, memo: undefined }
        const asset = { asset: 'gold' }
        const item = { item: 'sword' }
        assert.deepEqual(entries, [
          { ...t1, sequence: 1, counter: 'source:s', what: asset, change: 9, balance: 9 },
          { ...t2, sequence: 2, counter: 'mint:forge', what: item, change: 1, balance: 1 },
          { ...t2, sequence: 3, counter: 'bob', what: asset, change: -4, balance: 5 },
        ])
        const stored = { ...first, memo: 'first “day”\n', wallMs }
        assert.deepEqual(await store.ledger.transfer('t1'), stored)
        assert.deepEqual(await store.ledger.transfer('t2'), { ...second, wallMs })
        assert.equal(await store.ledger.transfer('t3'), undefined)
      }),
    )

    it(
      'is read in pages, from either end',
      within(async (store) => {
        const count = 25
        const transfers = Array.from({ length: count }, (_, index) =>
          transfer(`t${index}`, gold('source:s', 'ada', index + 1)),
        )
        await moved(store, ...transfers)
        const sequences = async (after: number | undefined, limit: number, newestFirst = false) => {
          const page = after === undefined ? { limit } : { after, limit }
          const entries = await store.ledger.history('ada', { ...page, newestFirst })
          return entries.map(({ sequence }) => sequence)
        }
        assert.deepEqual(await sequences(undefined, 3), [1, 2, 3])
        assert.deepEqual(await sequences(3, 2), [4, 5])
        assert.deepEqual(await sequences(count - 1, 10), [count])
        assert.deepEqual(await sequences(count, 10), [])
        assert.deepEqual(await sequences(undefined, 2, true), [25, 24])
        assert.deepEqual(await sequences(24, 2, true), [23, 22])
        assert.deepEqual(await sequences(2, 10, true), [1])
        assert.deepEqual(await sequences(1, 10, true), [])
        assert.deepEqual(await store.ledger.history('nobody', { limit: 1 }), [])
      }),
    )
  })
}

function pages(name: string, within: Within): void {
  describe(`ledger, lists: ${name}`, () => {
    it(
      'lists the balances of an account by asset, and its items by id',
      within(async (store) => {
        const names = ['A', 'a', 'a_', 'é', '中', '\uffff', '𝄞']
        const moves = [...names]
          .reverse()
          .flatMap((asset, index): Move[] => [
            { from: 'source:s', to: 'ada', asset, amount: index + 1 },
            forge('ada', asset, 'thing'),
          ])
        await moved(store, transfer('t1', ...moves))
        await moved(
          store,
          transfer('t2', { from: 'ada', to: 'b', asset: 'A', amount: names.length }),
        )
        const balances = await store.ledger.balances('ada')
        const amounts = names.map((asset, index) => ({ asset, amount: names.length - index }))
        assert.deepEqual(balances, [{ asset: 'A', amount: 0 }, ...amounts.slice(1)])
        const part = await store.ledger.balances('ada', { after: 'a', limit: 2 })
        assert.deepEqual(part, amounts.slice(2, 4))
        const ids = async (page: LedgerPage) =>
          (await store.ledger.items('ada', page)).map(({ id }) => id)
        assert.deepEqual(await ids({ limit: 100 }), names)
        assert.deepEqual(await ids({ limit: 2 }), names.slice(0, 2))
        assert.deepEqual(await ids({ after: '中', limit: 100 }), names.slice(5))
        assert.deepEqual(await store.ledger.balances('nobody'), [])
        assert.deepEqual(await store.ledger.items('nobody', { limit: 1 }), [])
      }),
    )
  })
}

function audits(name: string, within: Within): void {
  describe(`ledger, audit: ${name}`, () => {
    it(
      'proves the books and adds up what there is',
      within(async (store) => {
        const empty = { accounts: 0, entries: 0, items: 0, totals: [] }
        assert.deepEqual(await inOrder(store), { ...empty, findings: [], findingsTotal: 0 })
        await moved(store, transfer('t1', gold('source:a', 'ada', 7), forge('ada', 'sword')))
        await moved(store, transfer('t2', gold('source:b', 'bob', 5), gold('bob', 'sink:x', 2)))
        await moved(store, transfer('t3', { from: 'ada', to: 'sink:x', item: 'sword' }))
        const { totals, accounts, entries, items } = await inOrder(store)
        assert.deepEqual([accounts, entries, items], [6, 10, 1])
        assert.deepEqual(totals, [
          { asset: '', issued: 1n, sunk: 1n, held: 0n },
          { asset: 'gold', issued: 12n, sunk: 2n, held: 10n },
        ])
      }),
    )
  })
}

const badText = ['', 'a\0b', '\ud800', 'a'.repeat(129), '中'.repeat(43)]

const badMoves: readonly Move[] = [
  ...badText.flatMap((text) => [
    gold(text, 'b', 1),
    gold('a', text, 1),
    forge('a', text),
    forge('a', 'i', text),
    { from: 'a', to: 'b', asset: text, amount: 1 },
  ]),
  ...[0, -1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY].map((n) => gold('a', 'b', n)),
  gold('a', 'a', 1),
  { from: 'a', to: 'b', asset: 'a'.repeat(65), amount: 1 },
  { from: 'a', to: 'b', item: 'i', kind: 'sword' },
  { from: 'mint:a', to: 'b', item: 'i' },
  { from: 'a', to: 'b', asset: 'gold', amount: 1, item: 'i' },
  { from: 'a', to: 'source:b', item: 'i' } satisfies ItemMove,
]

function limits(name: string, within: Within): void {
  const refused = codeIs('LEDGER_MALFORMED')
  const good = gold('source:s', 'a', 1)
  const refuses = (store: Store, ...transfers: Transfer[]) =>
    assert.rejects(move(store, transfers), refused, JSON.stringify(transfers).slice(0, 200))

  describe(`ledger, limits: ${name}`, () => {
    it(
      'refuses what is malformed and goes on',
      within(async (store) => {
        for (const bad of badMoves) await refuses(store, transfer('t', good, bad))
        for (const id of badText) await refuses(store, transfer(id, good))
        for (const memo of ['', 'a\0b', '中'.repeat(86)]) {
          await refuses(store, { ...transfer('t', good), memo })
        }
        await refuses(store, transfer('t'))
        await refuses(store, transfer('t', ...Array.from({ length: 257 }, () => good)))
        await refuses(store, transfer('t', good), transfer('t', good))
        await refuses(store, ...Array.from({ length: 1_001 }, (_, n) => transfer(`t${n}`, good)))
        const large = Array.from({ length: 256 }, () => good)
        await refuses(store, ...Array.from({ length: 40 }, (_, n) => transfer(`t${n}`, ...large)))
        await moved(store, transfer('t', ...large))
        assert.equal(await goldOf(store, 'a'), 256)
      }),
    )

    it(
      'refuses to read what cannot be there',
      within(async ({ ledger }) => {
        for (const text of badText) {
          await assert.rejects(ledger.balance(text, 'gold'), refused)
          await assert.rejects(ledger.balance('a', text), refused)
          await assert.rejects(ledger.balances(text), refused)
          await assert.rejects(ledger.items(text, { limit: 1 }), refused)
          await assert.rejects(ledger.item(text), refused)
          await assert.rejects(ledger.history(text, { limit: 1 }), refused)
          await assert.rejects(ledger.transfer(text), refused)
        }
        for (const limit of [0, 1.5, 10_001, Number.NaN]) {
          await assert.rejects(ledger.items('a', { limit }), codeIs('STORE_LIMIT'))
          await assert.rejects(ledger.balances('a', { limit }), codeIs('STORE_LIMIT'))
          await assert.rejects(ledger.history('a', { limit }), codeIs('STORE_LIMIT'))
        }
        const after = Number.NaN
        await assert.rejects(ledger.history('a', { after, limit: 1 }), codeIs('STORE_LIMIT'))
      }),
    )
  })
}
