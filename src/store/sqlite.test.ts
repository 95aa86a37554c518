import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { type ErrorCode, RealmError } from '../errors/index.ts'
import { ledgerConformance } from '../ports/conformance/ledger.ts'
import { storeConformance } from '../ports/conformance/store.ts'
import type { Store, TransactionResult } from '../ports/index.ts'
import { sharedSqliteStore, sqliteStore } from './sqlite.ts'
import { child, killedAfter } from './test-kit/sqlite-child.ts'

const directory = mkdtempSync(join(tmpdir(), 'realmkit-store-'))
after(() => rmSync(directory, { recursive: true, force: true }))
let files = 0
const newFile = (): string => {
  files += 1
  return join(directory, `${files}.db`)
}

storeConformance('sqlite in memory', () => sqliteStore())
storeConformance('sqlite in a file', () => sqliteStore({ file: newFile() }))
storeConformance('sqlite through a port', () => sharedStore())
ledgerConformance('sqlite', () => sqliteStore())

/** The view of another thread; the file ends with it. */
async function sharedStore(): Promise<Store> {
  const owner = await sqliteStore()
  const store = sharedSqliteStore(owner.share())
  const close = store.close.bind(store)
  store.close = async () => {
    await close()
    await owner.close()
  }
  return store
}

const codeIs = (code: ErrorCode) => (error: unknown) =>
  error instanceof RealmError && error.code === code

function put(store: Store, key: string, value: Uint8Array | string): Promise<TransactionResult> {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
  return store.transact({ checks: [], writes: [{ key, value: bytes }] })
}

async function text(store: Store, key: string): Promise<string> {
  return new TextDecoder().decode((await store.read(key))?.value)
}

describe('callers of sqlite that never rest', () => {
  it('leave the loop its turns: timers once waited for a thousand batches', async () => {
    const store = await sqliteStore()
    const batchesMax = 100
    let [batches, turns] = [0, 0]
    const countTurns = (): void => {
      turns += 1
      if (batches < batchesMax) setImmediate(countTurns)
    }
    setImmediate(countTurns)
    const call = async (key: string): Promise<void> => {
      while (batches < batchesMax) {
        await put(store, key, 'value')
        batches += 1
        // The next batch is done before this one's callers are: its reply is there already.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
      }
    }
    const first = call('one')
    // Behind the first one's batch, and from then on in turns with it.
    await Promise.resolve()
    await Promise.all([first, call('other')])
    await store.close()
    assert.ok(turns >= batchesMax / 2, `The loop had ${turns} turns.`)
  })
})

describe('sqlite store, files', () => {
  it('keeps what was written when it is opened again', async () => {
    const file = join(directory, 'deep', 'er', 'game.db')
    const first = await sqliteStore({ file })
    assert.equal(first.exclusive, true)
    await put(first, 'a', 'one')
    await put(first, 'a', 'two')
    await first.close()
    assert.equal(existsSync(`${file}-wal`), false, 'nothing is left beside the file')
    const second = await sqliteStore({ file })
    assert.equal(await text(second, 'a'), 'two')
    await second.close()
  })

  it('belongs to one opener at a time, in this process and in others', async () => {
    const file = newFile()
    const first = await sqliteStore({ file })
    await put(first, 'a', 'mine')
    await assert.rejects(sqliteStore({ file }), codeIs('STORE_LOCKED'))
    const other = child(
      'try { await sqliteStore({ file: process.argv[1] }) } catch (e) { console.log(e.code) }',
      file,
    )
    let output = ''
    other.stdout.on('data', (chunk) => {
      output += chunk
    })
    await once(other, 'close')
    assert.equal(output.trim(), 'STORE_LOCKED')
    assert.equal(await text(first, 'a'), 'mine')
    await first.close()
    const again = await sqliteStore({ file })
    await again.close()
  })

  it('tells that the file cannot be opened', async () => {
    const file = newFile()
    writeFileSync(file, '')
    await assert.rejects(sqliteStore({ file: join(file, 'below') }), codeIs('STORE_UNAVAILABLE'))
    await assert.rejects(sqliteStore({ file: directory }), codeIs('STORE_UNAVAILABLE'))
  })
})

describe('sqlite store, shared', () => {
  it('lets every thread see what the others wrote, and fences them from each other', async () => {
    const owner = await sqliteStore()
    const [one, two] = [sharedSqliteStore(owner.share()), sharedSqliteStore(owner.share())]
    assert.equal(one.exclusive, false)
    await put(one, 'own/a', 'one')
    const { version } = (await two.read('own/a')) ?? {}
    await put(two, 'own/a', 'two')
    const fence = { key: 'own/a', version: version ?? 0 }
    const late = { checks: [fence], writes: [{ key: 'a', value: new Uint8Array(1) }] }
    assert.equal((await one.transact(late)).ok, false)
    assert.equal(await text(owner, 'own/a'), 'two')
    await one.close()
    await put(two, 'own/a', 'still here')
    await owner.close()
    await assert.rejects(two.read('own/a'), codeIs('STORE_UNAVAILABLE'))
  })
})

/** A good file with enough records that damage in its middle hits one of them. */
async function filledFile(): Promise<string> {
  const file = newFile()
  const store = await sqliteStore({ file })
  for (let index = 0; index < 50; index += 1) await put(store, `k${index}`, new Uint8Array(3_000))
  await store.close()
  return file
}

describe('sqlite store, refused files', () => {
  const damages: [what: string, code: ErrorCode, make: () => Promise<string>][] = [
    [
      'random bytes',
      'STORE_CORRUPT',
      async () => {
        const file = newFile()
        writeFileSync(file, Buffer.alloc(20_000, 'no database '))
        return file
      },
    ],
    [
      'a page in the middle overwritten',
      'STORE_CORRUPT',
      async () => {
        const file = await filledFile()
        const bytes = readFileSync(file)
        bytes.fill(0xee, 2 * 4096, 6 * 4096)
        writeFileSync(file, bytes)
        return file
      },
    ],
    [
      'the end cut off',
      'STORE_CORRUPT',
      async () => {
        const file = await filledFile()
        writeFileSync(file, readFileSync(file).subarray(0, 5 * 4096 + 100))
        return file
      },
    ],
    [
      'a database of another program',
      'STORE_CORRUPT',
      async () => {
        const file = newFile()
        const database = new DatabaseSync(file)
        database.exec('CREATE TABLE records (id INTEGER)')
        database.close()
        return file
      },
    ],
    [
      'a newer format',
      'STORE_VERSION',
      async () => {
        const file = await filledFile()
        const database = new DatabaseSync(file)
        database.exec('PRAGMA user_version = 99')
        database.close()
        return file
      },
    ],
  ]
  for (const [what, code, makeFile] of damages) {
    it(`leaves the file as it is: ${what}`, async () => {
      const file = await makeFile()
      const before = readFileSync(file)
      await assert.rejects(sqliteStore({ file }), codeIs(code))
      assert.ok(readFileSync(file).equals(before), 'not one byte has changed')
      assert.equal(existsSync(`${file}-wal`), false)
    })
  }
})

describe('sqlite store, overload', () => {
  it('refuses transactions above its limit and takes them again later', async () => {
    const store = await sqliteStore({ file: newFile(), pendingTransactionsMax: 10 })
    const results = await Promise.allSettled(
      Array.from({ length: 15 }, (_, index) => put(store, `k${index}`, '')),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 10)
    for (const result of results.slice(10)) {
      assert.ok(result.status === 'rejected' && codeIs('STORE_BUSY')(result.reason))
    }
    assert.ok((await put(store, 'later', '')).ok)
    assert.equal(await store.read('k10'), undefined)
    await store.close()
  })

  it('refuses bytes above its limit, but never a transaction on its own', async () => {
    const store = await sqliteStore({ file: newFile(), pendingBytesMax: 1_000 })
    const first = put(store, 'a', new Uint8Array(5_000))
    await assert.rejects(put(store, 'b', new Uint8Array(10)), codeIs('STORE_BUSY'))
    assert.ok((await first).ok)
    assert.ok((await put(store, 'b', new Uint8Array(10))).ok)
    await store.close()
  })

  it('splits what is too much for one commit and keeps the order', async () => {
    const store = await sqliteStore({ file: newFile() })
    const count = 20_000
    const results = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        store.transact({
          checks: [{ key: `step/${index}`, version: 0 }],
          writes: [{ key: `step/${index + 1}`, value: new Uint8Array(0) }],
        }),
      ),
    )
    assert.ok(results.every(({ ok }, index) => ok === (index % 2 === 0)))
    await store.close()
  })

  it('outlives a full disk', async () => {
    const file = newFile()
    const store = await sqliteStore({ file, fileBytesMax: 1024 * 1024 })
    let written = 0
    const fill = async (): Promise<void> => {
      for (;;) {
        await put(store, `fill/${written}`, new Uint8Array(100_000).fill(written))
        written += 1
      }
    }
    await assert.rejects(fill(), codeIs('STORE_UNAVAILABLE'))
    assert.ok(written >= 5)
    const lost = await Promise.allSettled([
      put(store, 'small', 'x'),
      put(store, 'large', new Uint8Array(500_000)),
    ])
    assert.equal(lost[1]?.status, 'rejected')
    assert.equal(await store.read('large'), undefined)
    await store.transact({ checks: [], writes: [{ key: 'fill/0', value: undefined }] })
    assert.ok((await put(store, 'small', 'fits again')).ok)
    await store.close()
    const again = await sqliteStore({ file })
    assert.equal(await text(again, 'small'), 'fits again')
    assert.equal((await again.scan('fill/', { limit: 100 })).length, written - 1)
    assert.equal((await again.read('fill/3'))?.value[99_999], 3)
    await again.close()
  })
})

describe('sqlite store, killed processes', () => {
  /**
   * Writes pairs of records for ever and prints the number of each pair once it is acknowledged.
   */
  const writer = `
    const store = await sqliteStore({ file: process.argv[1] })
    let next = Number(process.argv[2])
    const loop = async () => {
      for (;;) {
        const index = next++
        const value = new TextEncoder().encode('value ' + index + ' ' + 'x'.repeat(index % 3000))
        const writes = [{ key: 'a/' + index, value }, { key: 'b/' + index, value }]
        const { ok } = await store.transact({ checks: [{ key: 'a/' + index, version: 0 }], writes })
        if (ok) process.stdout.write(index + '\\n')
      }
    }
    await Promise.all(Array.from({ length: 16 }, loop))
  `

  it('finds every acknowledged write after each kill, and no half transaction', async () => {
    const file = newFile()
    const acknowledged: number[] = []
    let firstIndex = 0
    for (const lifeMs of [0, 15, 40, 70, 110]) {
      const printed = await killedAfter(child(writer, file, String(firstIndex)), lifeMs)
      firstIndex += 1_000_000
      acknowledged.push(...printed.map(Number))
      // What a torn last write may leave at the end of the log.
      if (lifeMs % 2 === 0) appendFileSync(`${file}-wal`, Buffer.alloc(3_000, 0xa5))
      const store = await sqliteStore({ file })
      for (const index of acknowledged) {
        const expected = `value ${index} ${'x'.repeat(index % 3000)}`
        const [a, b] = await Promise.all([text(store, `a/${index}`), text(store, `b/${index}`)])
        assert.ok(a === expected && b === expected, `acknowledged write ${index} is missing`)
      }
      const [left, right] = await Promise.all([
        store.scan('a/', { limit: 10_000 }),
        store.scan('b/', { limit: 10_000 }),
      ])
      assert.deepEqual(
        left.map(({ key }) => key.slice(2)),
        right.map(({ key }) => key.slice(2)),
      )
      await store.close()
    }
    assert.ok(acknowledged.length >= 100, `the writers got somewhere: ${acknowledged.length}`)
  })
})
