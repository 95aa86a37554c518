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

function versionsOf(result: TransactionResult): readonly number[] {
  assert.ok(result.ok)
  return result.versions
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
  versions(name, within)
  values(name, within)
  concurrency(name, within)
  scans(name, within)
  limits(name, within)
}

type Within = (check: (store: Store) => Promise<void>) => () => Promise<void>

function transactions(name: string, within: Within): void {
  describe(`store, transactions: ${name}`, () => {
    it(
      'writes all or nothing, and tells which check failed',
      within(async (store) => {
        const [a, b] = versionsOf(await put(store, [set('a', '1'), set('b', '1')])) as [
          number,
          number,
        ]
        const wrong = { key: 'b', version: b + 7 }
        const checks = [{ key: 'a', version: a }, wrong]
        const refused = await put(store, [set('a', '2'), set('c', '2')], checks)
        assert.deepEqual(refused, { ok: false, failed: wrong, actual: b })
        assert.equal(await readText(store, 'a'), '1')
        assert.equal(await store.read('c'), undefined)
        const missing = await put(store, [set('c', '2')], [{ key: 'c', version: 1 }])
        assert.deepEqual(missing, { ok: false, failed: { key: 'c', version: 1 }, actual: 0 })
        const taken = await put(store, [set('a', '2')], [{ key: 'a', version: 0 }])
        assert.deepEqual(taken, { ok: false, failed: { key: 'a', version: 0 }, actual: a })
        assert.ok((await put(store, [set('c', '2')], [{ key: 'c', version: 0 }])).ok)
        assert.equal(await readText(store, 'c'), '2')
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
        const [first = 0, second = 0, gone, last = 0] = versionsOf(result)
        assert.ok(0 < first && first < second && second < last)
        assert.equal(gone, 0)
        assert.deepEqual(await store.read('a'), { key: 'a', version: last, value: bytesOf('3') })
      }),
    )

    it(
      'takes a transaction of checks only, and one of nothing',
      within(async (store) => {
        assert.deepEqual(await put(store, []), { ok: true, versions: [] })
        const check = { key: 'a', version: 1 }
        assert.deepEqual(await put(store, [], [check]), { ok: false, failed: check, actual: 0 })
        const [version = 0] = versionsOf(await put(store, [set('a', '1')]))
        const holds = await put(store, [], [{ key: 'a', version }])
        assert.deepEqual(holds, { ok: true, versions: [] })
      }),
    )
  })
}

function versions(name: string, within: Within): void {
  const write = async (store: Store, key: string): Promise<number> =>
    versionsOf(await put(store, [set(key, 'x')]))[0] ?? 0

  describe(`store, versions: ${name}`, () => {
    it(
      'raises the version of a key with each write',
      within(async (store) => {
        assert.equal(await store.read('a'), undefined)
        const first = await write(store, 'a')
        const second = await write(store, 'a')
        assert.ok(Number.isSafeInteger(first) && first >= 1 && second > first)
        assert.deepEqual(await store.read('a'), { key: 'a', version: second, value: bytesOf('x') })
      }),
    )

    it(
      'never gives a version again, not even after a delete',
      within(async (store) => {
        let highest = 0
        for (let round = 0; round < 5; round += 1) {
          for (let again = 0; again <= round; again += 1) {
            const version = await write(store, 'own/x')
            assert.ok(version > highest, `${version} after ${highest}`)
            highest = version
          }
          const [gone] = versionsOf(await put(store, [remove('own/x'), remove('never')]))
          assert.equal(gone, 0)
          assert.equal(await store.read('own/x'), undefined)
        }
        await Promise.all(['a', 'b'].map((key) => write(store, key)))
        assert.ok((await write(store, 'own/x')) > highest)
      }),
    )

    it(
      'keeps an owner out whose record was deleted and claimed anew, in one go too',
      within(async (store) => {
        const version = await write(store, 'own/x')
        const fence = { key: 'own/x', version }
        const [, claimed = 0] = versionsOf(await put(store, [remove('own/x'), set('own/x', 'b')]))
        const late = await put(store, [set('state/x', 'late')], [fence])
        assert.deepEqual(late, { ok: false, failed: fence, actual: claimed })
        assert.ok(claimed > version)
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
        assert.deepEqual((await store.read('empty'))?.value, new Uint8Array(0))
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
            put(store, [set(`step/${index + 1}`, '')], [{ key: `step/${index}`, version: 0 }]),
          ),
        )
        // The first makes the second impossible, which lets the third be, and so on.
        results.forEach(({ ok }, index) => {
          assert.equal(ok, index % 2 === 0)
        })
        assert.equal((await store.scan('step/', { limit: 1_000 })).length, 150)
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
        assert.ok((await written).ok)
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
        assert.deepEqual(first, await store.read('p/00'))
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
        assert.ok((await put(store, [set('a', '')])).ok)
      }),
    )
  })
}
