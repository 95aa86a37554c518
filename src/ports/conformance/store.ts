import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ErrorCode, RealmError } from '../../errors/index.ts'
import type { Check, Store, TransactionResult, Write } from '../store.ts'

type MakeStore = () => Store | Promise<Store>

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && new TextDecoder().decode(bytes)

const set = (key: string, text: string): Write => ({ key, value: bytesOf(text) })
const remove = (key: string): Write => ({ key, value: undefined })

function put(store: Store, writes: Write[], checks: Check[] = []): Promise<TransactionResult> {
  return store.transact({ checks, writes })
}

async function readText(store: Store, key: string): Promise<string | undefined> {
  return textOf((await store.read(key))?.value)
}

const codeIs = (code: ErrorCode) => (error: unknown) =>
  error instanceof RealmError && error.code === code

/** Registers what every `Store` must do. `makeStore` gives an empty store each time. */
export function storeConformance(name: string, makeStore: MakeStore): void {
  const within = (check: (store: Store) => Promise<void>) => async () => {
    const store = await makeStore()
    await check(store)
    await store.close()
  }
  transactions(name, within)
  values(name, within)
  concurrency(name, within)
  scans(name, within)
  limits(name, within)
}

type Within = (check: (store: Store) => Promise<void>) => () => Promise<void>

function transactions(name: string, within: Within): void {
  describe(`store, transactions: ${name}`, () => {
    it(
      'counts the versions of a key, from 1 and again from 1 after a delete',
      within(async (store) => {
        assert.equal(await store.read('a'), undefined)
        assert.deepEqual(await put(store, [set('a', 'x')]), { ok: true, versions: [1] })
        assert.deepEqual(await put(store, [set('a', 'y')]), { ok: true, versions: [2] })
        assert.deepEqual(await store.read('a'), { key: 'a', version: 2, value: bytesOf('y') })
        assert.deepEqual(await put(store, [remove('a')]), { ok: true, versions: [0] })
        assert.equal(await store.read('a'), undefined)
        assert.deepEqual(await put(store, [remove('a')]), { ok: true, versions: [0] })
        assert.deepEqual(await put(store, [set('a', 'z')]), { ok: true, versions: [1] })
      }),
    )

    it(
      'writes all or nothing, and tells which check failed',
      within(async (store) => {
        await put(store, [set('a', '1'), set('b', '1')])
        const checks = [
          { key: 'a', version: 1 },
          { key: 'b', version: 7 },
        ]
        const refused = await put(store, [set('a', '2'), set('c', '2')], checks)
        assert.deepEqual(refused, { ok: false, failed: { key: 'b', version: 7 }, actual: 1 })
        assert.equal(await readText(store, 'a'), '1')
        assert.equal(await store.read('c'), undefined)
        const missing = await put(store, [set('c', '2')], [{ key: 'c', version: 1 }])
        assert.deepEqual(missing, { ok: false, failed: { key: 'c', version: 1 }, actual: 0 })
        const taken = await put(store, [set('a', '2')], [{ key: 'a', version: 0 }])
        assert.deepEqual(taken, { ok: false, failed: { key: 'a', version: 0 }, actual: 1 })
        const free = await put(store, [set('c', '2')], [{ key: 'c', version: 0 }])
        assert.deepEqual(free, { ok: true, versions: [1] })
      }),
    )

    it(
      'judges checks before writes and applies writes in order',
      within(async (store) => {
        const result = await put(
          store,
          [set('a', '1'), set('a', '2'), remove('a'), set('a', '3')],
          [{ key: 'a', version: 0 }],
        )
        assert.deepEqual(result, { ok: true, versions: [1, 2, 0, 1] })
        assert.equal(await readText(store, 'a'), '3')
      }),
    )

    it(
      'takes a transaction of checks only, and one of nothing',
      within(async (store) => {
        assert.deepEqual(await put(store, []), { ok: true, versions: [] })
        const check = { key: 'a', version: 1 }
        assert.deepEqual(await put(store, [], [check]), { ok: false, failed: check, actual: 0 })
        await put(store, [set('a', '1')])
        assert.deepEqual(await put(store, [], [check]), { ok: true, versions: [] })
      }),
    )
  })
}

function values(name: string, within: Within): void {
  describe(`store, values: ${name}`, () => {
    it(
      'tells an empty value from none and keeps every byte',
      within(async (store) => {
        await put(store, [set('empty', '')])
        assert.deepEqual(await store.read('empty'), {
          key: 'empty',
          version: 1,
          value: new Uint8Array(0),
        })
        const value = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) & 0xff)
        await store.transact({ checks: [], writes: [{ key: 'large', value }] })
        assert.deepEqual((await store.read('large'))?.value, value)
      }),
    )

    it(
      'copies values in and out',
      within(async (store) => {
        const value = bytesOf('before')
        const written = store.transact({ checks: [], writes: [{ key: 'a', value }] })
        value.fill(0)
        await written
        const read = await store.read('a')
        assert.equal(textOf(read?.value), 'before')
        read?.value.fill(0)
        assert.equal(await readText(store, 'a'), 'before')
      }),
    )
  })
}

function concurrency(name: string, within: Within): void {
  describe(`store, concurrency: ${name}`, () => {
    it(
      'lets one of many claims win and judges each on its own',
      within(async (store) => {
        const claims = Array.from({ length: 100 }, (_, index) =>
          put(
            store,
            [set('owner', String(index)), set(`claim/${index}`, 'won')],
            [{ key: 'owner', version: 0 }],
          ),
        )
        const results = await Promise.all(claims)
        assert.equal(results.filter(({ ok }) => ok).length, 1)
        const won = await store.scan('claim/', { limit: 10 })
        assert.equal(won.length, 1)
        assert.equal(won[0]?.key, `claim/${await readText(store, 'owner')}`)
      }),
    )

    it(
      'shows a transaction the effects of those called before it',
      within(async (store) => {
        const results = await Promise.all(
          Array.from({ length: 300 }, (_, index) =>
            put(store, [set('counter', String(index))], [{ key: 'counter', version: index }]),
          ),
        )
        results.forEach((result, index) => {
          assert.deepEqual(result, { ok: true, versions: [index + 1] })
        })
        assert.equal(await readText(store, 'counter'), '299')
      }),
    )

    it(
      'answers transactions in the order of the calls and loses no increment',
      within(async (store) => {
        const order: number[] = []
        const increment = async (): Promise<void> => {
          for (;;) {
            const before = await store.read('sum')
            const sum = Number(textOf(before?.value) ?? '0') + 1
            const check = { key: 'sum', version: before?.version ?? 0 }
            if ((await put(store, [set('sum', String(sum))], [check])).ok) return
          }
        }
        await Promise.all([
          ...Array.from({ length: 15 }, increment),
          ...[0, 1, 2, 3].map((index) =>
            put(store, [set(`k${index}`, '')]).then(() => order.push(index)),
          ),
        ])
        assert.deepEqual(order, [0, 1, 2, 3])
        assert.equal(await readText(store, 'sum'), '15')
      }),
    )

    it('finishes what was handed over before it closes, and refuses what comes later', async () => {
      await within(async (store) => {
        const written = put(store, [set('a', '1')])
        await store.close()
        assert.deepEqual(await written, { ok: true, versions: [1] })
        await assert.rejects(put(store, [set('a', '2')]), codeIs('STORE_UNAVAILABLE'))
        await assert.rejects(store.read('a'), codeIs('STORE_UNAVAILABLE'))
        await assert.rejects(store.scan('', { limit: 1 }), codeIs('STORE_UNAVAILABLE'))
      })()
    })
  })
}

function scans(name: string, within: Within): void {
  const keysOf = async (store: Store, prefix: string, after?: string, limit = 100) => {
    const options = after === undefined ? { limit } : { after, limit }
    return (await store.scan(prefix, options)).map(({ key }) => key)
  }

  describe(`store, scans: ${name}`, () => {
    it(
      'returns the records of a prefix in pages',
      within(async (store) => {
        const keys = Array.from({ length: 25 }, (_, index) => `p/${String(index).padStart(2, '0')}`)
        await put(store, [...keys.map((key) => set(key, key)), set('o/1', ''), set('q/1', '')])
        assert.deepEqual(await keysOf(store, 'p/', undefined, 10), keys.slice(0, 10))
        assert.deepEqual(await keysOf(store, 'p/', 'p/09', 10), keys.slice(10, 20))
        assert.deepEqual(await keysOf(store, 'p/', 'p/19', 10), keys.slice(20))
        assert.deepEqual(await keysOf(store, 'p/', 'p/24', 10), [])
        assert.deepEqual(await keysOf(store, 'p/', 'a'), keys, 'after may lie before the prefix')
        assert.deepEqual(await keysOf(store, 'p/', 'p/10x'), keys.slice(11), 'or between the keys')
        assert.deepEqual(await keysOf(store, 'p/', 'z'), [])
        assert.equal((await keysOf(store, '')).length, 27)
        const [first] = await store.scan('p/', { limit: 1 })
        assert.deepEqual(first, { key: 'p/00', version: 1, value: bytesOf('p/00') })
      }),
    )

    it(
      'orders keys by their bytes and takes a prefix literally',
      within(async (store) => {
        const keys = ['%', 'A', '_', 'a', 'a%', 'a_', 'aa', 'é', '中', '\uffff', '𝄞', '\u{10ffff}']
        await put(
          store,
          [...keys].reverse().map((key) => set(key, '')),
        )
        assert.deepEqual(await keysOf(store, ''), keys)
        assert.deepEqual(await keysOf(store, 'a%'), ['a%'])
        assert.deepEqual(await keysOf(store, 'A'), ['A'])
        assert.deepEqual(await keysOf(store, '\u{10ffff}'), ['\u{10ffff}'])
        assert.deepEqual(await keysOf(store, '', '\uffff'), ['𝄞', '\u{10ffff}'])
        await put(store, [remove('a%'), remove('%')])
        assert.deepEqual(await keysOf(store, 'a'), ['a', 'a_', 'aa'])
        assert.deepEqual((await keysOf(store, ''))[0], 'A')
      }),
    )
  })
}

function limits(name: string, within: Within): void {
  describe(`store, limits: ${name}`, () => {
    it(
      'takes keys and values up to their limits',
      within(async (store) => {
        const key = '中'.repeat(170)
        await put(store, [set(`${key}ab`, 'fits')])
        assert.equal(await readText(store, `${key}ab`), 'fits')
        const value = new Uint8Array(16 * 1024 * 1024).fill(7)
        assert.ok((await store.transact({ checks: [], writes: [{ key: 'v', value }] })).ok)
        assert.equal((await store.read('v'))?.value.length, value.length)
      }),
    )

    it(
      'refuses what is outside of its limits and goes on',
      within(async (store) => {
        const refused = codeIs('STORE_LIMIT')
        for (const key of ['', 'a'.repeat(513), '中'.repeat(171), 'a\0b', '\ud800']) {
          await assert.rejects(put(store, [set(key, '')]), refused)
          await assert.rejects(put(store, [], [{ key, version: 0 }]), refused)
          await assert.rejects(store.read(key), refused)
        }
        const value = new Uint8Array(16 * 1024 * 1024 + 1)
        await assert.rejects(store.transact({ checks: [], writes: [{ key: 'v', value }] }), refused)
        await assert.rejects(put(store, [], [{ key: 'a', version: -1 }]), refused)
        for (const limit of [0, 1.5, 10_001, Number.NaN]) {
          await assert.rejects(store.scan('', { limit }), refused)
        }
        const writes = Array.from({ length: 10_001 }, () => set('a', ''))
        await assert.rejects(put(store, writes), refused)
        assert.deepEqual(await put(store, [set('a', '')]), { ok: true, versions: [1] })
      }),
    )
  })
}
