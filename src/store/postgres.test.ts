import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { type ErrorCode, RealmError } from '../errors/index.ts'
import { ledgerConformance } from '../ports/conformance/ledger.ts'
import { storeConformance } from '../ports/conformance/store.ts'
import type { Store, StoredRecord, Transaction, TransactionResult } from '../ports/index.ts'
import { memoryStore } from './memory.ts'
import { postgresStore } from './postgres.ts'
import { startPostgres, type TestPostgres } from './test-kit/postgres.ts'

let server: TestPostgres
before(async () => {
  // Nothing here is killed, so nothing need be forced to disk.
  server = await startPostgres({ fsync: 'off' })
})
after(() => server?.stop())

const open = (schema = server.freshSchema()): Promise<Store> =>
  postgresStore({ url: server.url, schema })
const codeIs = (code: ErrorCode) => (error: unknown) =>
  error instanceof RealmError && error.code === code
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const put = (store: Store, key: string, value = ''): Promise<TransactionResult> =>
  store.transact({ checks: [], writes: [{ key, value: bytes(value) }] })

storeConformance('postgres', () => open())
ledgerConformance('postgres', () => open())

describe('postgres store, opening', () => {
  it('keeps what was written when it is opened again, also by others at once', async () => {
    const schema = server.freshSchema()
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(schema)))
    assert.equal(stores[0]?.exclusive, false)
    await Promise.all(stores.map((store, index) => put(store, `k${index}`, `${index}`)))
    await Promise.all(stores.map((store) => store.close()))
    const again = await open(schema)
    assert.equal((await again.scan('', { limit: 10 })).length, 5)
    await again.close()
  })

  it('tells a wrong password without naming it', async () => {
    const url = server.url.replace(/:[^:@]+@/, ':hunter2secret@')
    const failure = await postgresStore({ url }).catch((error: unknown) => error)
    assert.ok(codeIs('STORE_ACCESS')(failure))
    assert.doesNotMatch(inspect(failure, { depth: 9, showHidden: true }), /hunter2secret/)
  })

  it('tells that the address is no address without naming the password in it', async () => {
    const url = 'postgres://game:hunter2secret@[nowhere:port/x'
    const failure = await postgresStore({ url, connectionWaitMs: 100 }).catch((e: unknown) => e)
    assert.ok(failure instanceof RealmError)
    assert.doesNotMatch(inspect(failure, { depth: 9, showHidden: true }), /hunter2secret/)
  })

  it('tells that nobody answers, after the time it may wait', async () => {
    const url = 'postgres://game:x@127.0.0.1:1/game'
    const start = performance.now()
    await assert.rejects(postgresStore({ url, connectionWaitMs: 300 }), codeIs('STORE_UNAVAILABLE'))
    assert.ok(performance.now() - start < 2_000)
  })

  it('refuses what another program or a newer version has made, and leaves it', async () => {
    const database = server.url.replace(/^.*\//, '')
    assert.equal(database, 'game')
    const schema = server.freshSchema()
    await server.asGame(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.records (id int)`)
    await assert.rejects(open(schema), codeIs('STORE_CORRUPT'))
    const newer = server.freshSchema()
    await (await open(newer)).close()
    await server.asGame(`UPDATE ${newer}.format SET version = 99`)
    await assert.rejects(open(newer), codeIs('STORE_VERSION'))
    for (const name of ['a;b', 'A', '', 'pg_x']) {
      await assert.rejects(open(name), codeIs('STORE_ACCESS'))
    }
  })

  it('refuses a database that does not keep texts as UTF-8', async () => {
    await server.admin("CREATE DATABASE plain ENCODING 'SQL_ASCII' TEMPLATE template0 OWNER game")
    const url = server.url.replace(/game$/, 'plain')
    await assert.rejects(postgresStore({ url }), codeIs('STORE_UNFIT'))
  })

  it('tells that there is no such database, and that the user may not make a schema', async () => {
    const nowhere = server.url.replace(/game$/, 'nowhere')
    await assert.rejects(postgresStore({ url: nowhere }), codeIs('STORE_ACCESS'))
    const foreign = server.url.replace(/game$/, 'postgres')
    await assert.rejects(postgresStore({ url: foreign }), codeIs('STORE_ACCESS'))
  })
})

describe('postgres store, overload', () => {
  it('refuses transactions and reads above its limits and takes them again later', async () => {
    const limits = { pendingTransactionsMax: 10, pendingBytesMax: 1_000, pendingReadsMax: 3 }
    const store = await postgresStore({ url: server.url, schema: server.freshSchema(), ...limits })
    const results = await Promise.allSettled(
      Array.from({ length: 15 }, (_, index) => put(store, `k${index}`)),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 10)
    for (const result of results.slice(10)) {
      assert.ok(result.status === 'rejected' && codeIs('STORE_BUSY')(result.reason))
    }
    const large = put(store, 'large', 'x'.repeat(5_000))
    await assert.rejects(put(store, 'b', 'x'), codeIs('STORE_BUSY'))
    assert.ok((await large).ok)
    const reads = await Promise.allSettled([1, 2, 3, 4].map(() => store.read('k1')))
    assert.equal(reads[3]?.status, 'rejected')
    assert.ok((await put(store, 'later', 'x')).ok)
    assert.equal((await store.read('later'))?.value.length, 1)
    await store.close()
  })

  it('splits what is too much for one commit and keeps the order', async () => {
    const store = await open()
    let latest = 0
    const results = await Promise.all(
      Array.from({ length: 5_000 }, (_, index) => put(store, 'counter', `${index}`)),
    )
    for (const result of results) {
      const version = result.ok ? (result.versions[0] ?? 0) : 0
      assert.ok(version > latest)
      latest = version
    }
    const record = await store.read('counter')
    assert.equal(new TextDecoder().decode(record?.value), '4999')
    assert.equal(record?.version, latest)
    await store.close()
  })
})

describe('postgres store beside the table in memory', () => {
  const key = fc.constantFrom('a', 'b', 'c/1', 'c/2', 'é', '\uffff', '𝄞')
  const step = fc.record({
    /** Whether a check names the version that the key has, or one that it had or never had. */
    checks: fc.array(fc.record({ key, right: fc.boolean() }), { maxLength: 2 }),
    writes: fc.array(fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 5 })) }), {
      maxLength: 3,
    }),
  })
  type Records = ReadonlyMap<string, StoredRecord>
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

  /** The transaction as one store must be asked, whose versions are its own. */
  const asked = ({ checks, writes }: Step, now: Records): Transaction => ({
    checks: checks.map(({ key, right }) => ({
      key,
      version: (now.get(key)?.version ?? 0) + (right ? 0 : 1_000_000),
    })),
    writes: writes.map(({ key, value }) => ({ key, value: value ?? undefined })),
  })

  const all = async (store: Store): Promise<Records> =>
    new Map((await store.scan('', { limit: 100 })).map((record) => [record.key, record]))
  const contents = (records: Records) =>
    [...records.values()].map(({ key, value }) => [key, [...value]])

  it('decides and keeps the same, whatever happens', async () => {
    const store = await open()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const model = memoryStore()
        const left = await store.scan('', { limit: 100 })
        const clear = left.map(({ key }) => ({ key, value: undefined }))
        await store.transact({ checks: [], writes: clear })
        for (const one of steps) {
          const [ours, theirs] = await Promise.all([all(store), all(model)])
          const result = await store.transact(asked(one, ours))
          const expected = await model.transact(asked(one, theirs))
          assert.equal(result.ok, expected.ok)
          if (!result.ok && !expected.ok && 'failed' in result && 'failed' in expected) {
            assert.equal(result.failed.key, expected.failed.key)
            assert.equal(result.actual, ours.get(result.failed.key)?.version ?? 0)
          }
          assert.deepEqual(contents(await all(store)), contents(await all(model)))
        }
      }),
      { numRuns: 60 },
    )
    await store.close()
  })
})
