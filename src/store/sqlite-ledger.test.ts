import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import {
  gold,
  goldOf,
  inOrder,
  move,
  moved,
  transfer,
  write,
} from '../ports/conformance/ledger-kit.ts'
import { sqliteStore } from './sqlite.ts'
import { child, killedAfter } from './test-kit/sqlite-child.ts'

const directory = mkdtempSync(join(tmpdir(), 'realmkit-ledger-'))
after(() => rmSync(directory, { recursive: true, force: true }))

describe('the ledger in a file', () => {
  it('is kept when the file is opened again, with the time of its clock', async () => {
    const file = join(directory, 'kept.db')
    const first = await sqliteStore({ file, clock: { wallMs: () => 1_700_000_000_000.7 } })
    const pay = transfer('t1', gold('source:s', 'ada', 5))
    await moved(first, pay)
    await first.close()
    const second = await sqliteStore({ file })
    assert.deepEqual(await second.ledger.transfer('t1'), { ...pay, wallMs: 1_700_000_000_000 })
    const again = await move(second, [pay])
    assert.deepEqual(again, { ok: true, versions: [], repeated: ['t1'] })
    await moved(second, transfer('t2', gold('ada', 'bob', 5)))
    const [last] = await second.ledger.history('ada', { limit: 1, newestFirst: true })
    assert.deepEqual([last?.sequence, last?.balance], [2, 0])
    await inOrder(second)
    await second.close()
  })

  it('splits more than one commit should hold, and keeps the order', async () => {
    const store = await sqliteStore({ file: join(directory, 'split.db') })
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, index) => {
        const moves = Array.from({ length: 120 }, () => gold('source:s', `p${index % 3}`, 1))
        return move(store, [transfer(`t${index}`, ...moves)])
      }),
    )
    assert.ok(results.every(({ ok }) => ok))
    assert.equal(await goldOf(store, 'p1'), 12_000)
    const { entries } = await inOrder(store)
    assert.equal(entries, 72_000)
    await store.close()
  })

  it('remembers nothing of transfers for which the disk had no room', async () => {
    // Wherever in the writing of a batch the room ends.
    for (let pages = 40; pages < 46; pages += 1) {
      const file = join(directory, `room-for-${pages}.db`)
      const store = await sqliteStore({ file, fileBytesMax: pages * 4096 })
      await moved(store, transfer('start', gold('source:s', 'ada', 100_000)))
      let refused = 0
      for (let batch = 0; refused === 0; batch += 1) {
        const made = await Promise.allSettled(
          Array.from({ length: 50 }, (_, index) =>
            move(store, [transfer(`t${batch}/${index}`, gold('ada', `p${index}`, 1))]),
          ),
        )
        refused = made.filter(({ status }) => status === 'rejected').length
      }
      const [listed] = await store.ledger.balances('ada')
      assert.equal(await goldOf(store, 'ada'), listed?.amount)
      await inOrder(store)
      await store.close()
    }
  })

  it('is as before where the disk was full, and goes on', async () => {
    const file = join(directory, 'full.db')
    const store = await sqliteStore({ file, fileBytesMax: 1024 * 1024 })
    await moved(store, transfer('start', gold('source:s', 'ada', 100)))
    const large = { key: 'large', value: new Uint8Array(2 * 1024 * 1024) }
    const both = await Promise.allSettled([
      move(store, [transfer('t1', gold('ada', 'bob', 1))], { writes: [write('small')] }),
      move(store, [transfer('t2', gold('ada', 'bob', 1))], { writes: [large] }),
    ])
    assert.equal(both[1]?.status, 'rejected')
    assert.equal(await store.ledger.transfer('t2'), undefined)
    const paid = (await store.ledger.transfer('t1')) !== undefined
    assert.equal(await goldOf(store, 'ada'), paid ? 99 : 100)
    assert.equal((await store.read('small')) !== undefined, paid)
    await moved(store, transfer('t3', gold('ada', 'bob', 50)))
    await inOrder(store)
    await store.close()
  })
})

describe('the ledger of killed processes', () => {
  /** Moves gold to and fro, with a record each, and prints the id of what is acknowledged. */
  const writer = `
    const store = await sqliteStore({ file: process.argv[1] })
    let next = 0
    const loop = async () => {
      for (;;) {
        const id = process.argv[2] + '-' + next++
        const [from, to] = [next % 3, (next + 1 + (next >> 2) % 2) % 3].map((n) => 'hot' + n)
        const moves = [
          { from, to, asset: 'gold', amount: 1 + next % 40 },
          { from: 'mint:m', to, item: id, kind: 'coin' },
        ]
        const writes = [{ key: 'got/' + id, value: new Uint8Array(next % 500) }]
        const { ok } = await store.transact({ checks: [], writes, transfers: [{ id, moves }] })
        if (ok) process.stdout.write(id + '\\n')
      }
    }
    await Promise.all(Array.from({ length: 16 }, loop))
  `

  it('finds every acknowledged transfer after each kill, and no half of one', async () => {
    const file = join(directory, 'killed.db')
    const first = await sqliteStore({ file })
    const hot = [0, 1, 2].map((index) => gold('source:s', `hot${index}`, 200))
    await moved(first, transfer('start', ...hot))
    await first.close()
    const acknowledged: string[] = []
    for (const lifeMs of [0, 20, 50, 90]) {
      acknowledged.push(...(await killedAfter(child(writer, file, `life${lifeMs}`), lifeMs)))
      // What a torn last write may leave at the end of the log.
      if (lifeMs % 20 === 0) appendFileSync(`${file}-wal`, Buffer.alloc(3_000, 0xa5))
      const store = await sqliteStore({ file })
      for (const id of acknowledged) {
        assert.ok(await store.ledger.transfer(id), `acknowledged transfer ${id} is missing`)
      }
      const records = await store.scan('got/', { limit: 10_000 })
      const coins = await Promise.all(
        [0, 1, 2].map((index) => store.ledger.items(`hot${index}`, { limit: 10_000 })),
      )
      assert.deepEqual(
        records.map(({ key }) => key.slice(4)),
        coins.flatMap((some) => some.map(({ id }) => id)).sort(),
      )
      const { totals } = await inOrder(store)
      assert.equal(totals.find(({ asset }) => asset === 'gold')?.held, 600n)
      await store.close()
    }
    assert.ok(acknowledged.length >= 50, `the writers got somewhere: ${acknowledged.length}`)
  })
})
