import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Check, Store, TransactionResult } from '../ports/index.ts'
import { postgresStore } from './postgres.ts'
import { startPostgres, type TestPostgres } from './test-kit/postgres.ts'

let server: TestPostgres
before(async () => {
  server = await startPostgres({ fsync: 'off' })
})
after(() => server?.stop())

/** Several stores on one database, as so many processes would hold them. */
async function stores(count: number): Promise<Store[]> {
  const schema = server.freshSchema()
  const options = { url: server.url, schema }
  return Promise.all(Array.from({ length: count }, () => postgresStore(options)))
}

const closeAll = (all: readonly Store[]) => Promise.all(all.map((store) => store.close()))

function write(store: Store, key: string, text: string, checks: Check[] = []) {
  const value = new TextEncoder().encode(text)
  return store.transact({ checks, writes: [{ key, value }] })
}

async function read(store: Store, key: string): Promise<string> {
  return new TextDecoder().decode((await store.read(key))?.value)
}

describe('postgres store, several processes', () => {
  it('lets exactly one of two claim a key that is new, a thousand times', async () => {
    const both = await stores(2)
    const [left, right] = both as [Store, Store]
    const claim = (store: Store, key: string, name: string) =>
      write(store, key, name, [{ key, version: 0 }])
    let wonByLeft = 0
    for (let round = 0; round < 100; round += 1) {
      const keys = Array.from({ length: 10 }, (_, index) => `claim/${round}/${index}`)
      // Each store asks in its own order, and in calls that end up in one batch or in several.
      const backwards = [...keys].reverse()
      const lefts = Promise.all(keys.map((key) => claim(left, key, 'left')))
      if (round % 3 === 0) await Promise.resolve()
      const rights = Promise.all(backwards.map((key) => claim(right, key, 'right')))
      const wins = await lefts
      const others = (await rights).reverse()
      for (const [index, key] of keys.entries()) {
        assert.notEqual(wins[index]?.ok, others[index]?.ok, `${key} has one winner`)
        assert.equal(await read(right, key), wins[index]?.ok ? 'left' : 'right')
        if (wins[index]?.ok) wonByLeft += 1
      }
    }
    assert.ok(wonByLeft > 0 && wonByLeft < 1_000, `both win at times: ${wonByLeft}`)
    await closeAll(both)
  })

  it('loses no increment and gives every version once, whoever adds', async () => {
    const all = await stores(3)
    const versions: number[] = []
    const add = async (store: Store): Promise<void> => {
      for (;;) {
        const before = await store.read('sum')
        const sum = Number(new TextDecoder().decode(before?.value) || '0') + 1
        const check = { key: 'sum', version: before?.version ?? 0 }
        const result = await write(store, 'sum', String(sum), [check])
        if (result.ok) return void versions.push(result.versions[0] ?? 0)
      }
    }
    const adds = all.flatMap((store) => Array.from({ length: 20 }, () => add(store)))
    await Promise.all(adds)
    assert.equal(await read(all[0] as Store, 'sum'), '60')
    assert.equal(new Set(versions).size, 60)
    await closeAll(all)
  })

  it('fences a former owner out, also where the record was deleted and claimed anew', async () => {
    const both = await stores(2)
    const [former, next] = both as [Store, Store]
    const claimed = await write(former, 'owner/a', 'former', [{ key: 'owner/a', version: 0 }])
    assert.ok(claimed.ok)
    const epoch = { key: 'owner/a', version: claimed.versions[0] ?? 0 }
    let attempts = 0
    let refusedSince = 0
    let taken = false
    const writesOfFormer = (async () => {
      while (refusedSince < 20) {
        attempts += 1
        const late: boolean = taken
        const result = await write(former, 'state/a', `former ${attempts}`, [epoch])
        if (refusedSince > 0) assert.equal(result.ok, false, 'once fenced it stays so')
        if (!result.ok) refusedSince += 1
        else
          assert.equal(late, false, 'nothing counts that was called after the claim was answered')
      }
    })()
    while (attempts < 20) await next.read('owner/a')
    const over: TransactionResult = await next.transact({
      checks: [epoch],
      writes: [{ key: 'owner/a', value: undefined }],
    })
    assert.ok(over.ok)
    taken = true
    const anew = await write(next, 'owner/a', 'next', [{ key: 'owner/a', version: 0 }])
    assert.ok(anew.ok && (anew.versions[0] ?? 0) > epoch.version)
    const mine = [{ key: 'owner/a', version: anew.versions[0] ?? 0 }]
    assert.ok((await write(next, 'state/a', 'next', mine)).ok)
    await writesOfFormer
    assert.equal(await read(former, 'state/a'), 'next')
    await closeAll(both)
  })

  it('keeps two from each writing what the other checked', async () => {
    const both = await stores(2)
    for (let round = 0; round < 100; round += 1) {
      const [a, b] = [`a/${round}`, `b/${round}`]
      const results = await Promise.all([
        write(both[0] as Store, b, '', [{ key: a, version: 0 }]),
        write(both[1] as Store, a, '', [{ key: b, version: 0 }]),
      ])
      assert.equal(results.filter(({ ok }) => ok).length, 1)
    }
    await closeAll(both)
  })

  it('locks shared keys in one order, in whatever order they are named', async () => {
    const all = await stores(3)
    const keys = Array.from({ length: 40 }, (_, index) => `shared/${index}`)
    const deadlocks = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'
    const writeSome = async (store: Store, seed: number): Promise<void> => {
      for (let round = 0; round < 60; round += 1) {
        const from = (seed * 17 + round * 7) % keys.length
        const turned = [...keys.slice(from), ...keys.slice(0, from)]
        const chosen = round % 2 === 0 ? turned : turned.reverse()
        const value = round % 5 === 0 ? undefined : new Uint8Array(round)
        const writes = chosen.slice(0, 15).map((key) => ({ key, value }))
        assert.ok((await store.transact({ checks: [], writes })).ok)
      }
    }
    await Promise.all(all.map(writeSome))
    assert.deepEqual(await server.asGame(deadlocks), [['0']])
    await closeAll(all)
  })
})
