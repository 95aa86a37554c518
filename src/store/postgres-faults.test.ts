import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ErrorCode, RealmError } from '../errors/index.ts'
import type { Check, Store } from '../ports/index.ts'
import { type PostgresStoreOptions, postgresStore } from './postgres.ts'
import { startPostgres, type TestPostgres } from './test-kit/postgres.ts'
import { type ProxyFault, startProxy } from './test-kit/postgres-proxy.ts'

let server: TestPostgres
before(async () => {
  server = await startPostgres()
})
after(() => server?.stop())

const open = (options: Partial<PostgresStoreOptions> = {}): Promise<Store> =>
  postgresStore({ url: server.url, schema: server.freshSchema(), ...options })
const codeIs = (code: ErrorCode) => (error: unknown) =>
  error instanceof RealmError && error.code === code

function write(store: Store, key: string, text: string, checks: Check[] = []) {
  const value = new TextEncoder().encode(text)
  return store.transact({ checks, writes: [{ key, value }] })
}

async function text(store: Store, key: string): Promise<string> {
  return new TextDecoder().decode((await store.read(key))?.value)
}

/** The texts of `name/…` by what comes after the stroke. */
async function everything(store: Store, name: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let after = ''; ; ) {
    const page = await store.scan(`${name}/`, { after, limit: 1_000 })
    for (const { key, value } of page) found.set(key.slice(2), new TextDecoder().decode(value))
    const last = page.at(-1)
    if (!last) return found
    after = last.key
  }
}

describe('postgres store, killed servers', () => {
  it('keeps every acknowledged write, and what is unknown is told by reading', async () => {
    // Who logs in is told not to wait for the disk; the store does nevertheless.
    await server.admin('ALTER ROLE game SET synchronous_commit = off')
    const store = await open()
    const acknowledged: number[] = []
    let next = 0
    let stopped = false
    const writer = async (): Promise<void> => {
      while (!stopped) {
        const index = next
        next += 1
        const value = new TextEncoder().encode(`value ${index}`)
        const writes = ['a', 'b'].map((name) => ({ key: `${name}/${index}`, value }))
        try {
          const checks = [{ key: `a/${index}`, version: 0 }]
          const result = await store.transact({ checks, writes })
          assert.ok(result.ok, 'nobody else writes')
          acknowledged.push(index)
        } catch (error) {
          assert.ok(codeIs('STORE_UNAVAILABLE')(error))
          const found = await Promise.all([text(store, `a/${index}`), text(store, `b/${index}`)])
          assert.equal(found[0], found[1], 'all of it or nothing')
        }
      }
    }
    const writers = Promise.all(Array.from({ length: 32 }, writer))
    for (const lifeMs of [200, 130, 170]) {
      const before = acknowledged.length
      while (acknowledged.length < before + 100) await sleep(5)
      await sleep(lifeMs)
      await server.kill()
      await server.start()
    }
    stopped = true
    await writers
    const found = await Promise.all(['a', 'b'].map((name) => everything(store, name)))
    for (const index of acknowledged) {
      for (const records of found) assert.equal(records.get(String(index)), `value ${index}`)
    }
    assert.deepEqual(found[0], found[1], 'nothing was done by half')
    assert.ok(acknowledged.length >= 300)
    await server.admin('ALTER ROLE game RESET synchronous_commit')
    await store.close()
  })

  it('waits for a server that stands still for three seconds', async () => {
    const store = await open()
    await write(store, 'a', '1')
    server.pause()
    const waiting = [write(store, 'a', '2'), write(store, 'b', '1')]
    const reading = store.read('c')
    await sleep(3_000)
    server.resume()
    const results = await Promise.all(waiting)
    assert.ok(results.every(({ ok }) => ok))
    assert.equal(await reading, undefined)
    assert.equal(await text(store, 'a'), '2')
    await store.close()
  })

  it('gives a silent server up after its time and goes on once it answers again', async () => {
    const store = await open({ answerTimeoutMs: 300, connectionWaitMs: 300 })
    await write(store, 'a', '1')
    server.pause()
    await assert.rejects(write(store, 'a', '2'), codeIs('STORE_UNAVAILABLE'))
    await assert.rejects(store.read('a'), codeIs('STORE_UNAVAILABLE'))
    server.resume()
    const seen = await text(store, 'a')
    await sleep(300)
    assert.equal(await text(store, 'a'), seen, 'what was read stays so')
    assert.ok((await write(store, 'a', '3')).ok)
    await store.close()
  })
})

describe('postgres store, lost connections', () => {
  async function faulty(fault: ProxyFault, run: (store: Store) => Promise<void>): Promise<void> {
    const proxy = await startProxy(server.url, server.port)
    const store = await open({ url: proxy.url })
    try {
      await write(store, 'a', 'before')
      proxy.fail(fault)
      await assert.rejects(write(store, 'a', 'after'), codeIs('STORE_UNAVAILABLE'))
      await run(store)
      await store.close()
    } finally {
      proxy.close()
    }
  }

  it('finds what was committed though the reply was lost', () =>
    faulty('lose the reply', async (store) => {
      assert.equal(await text(store, 'a'), 'after')
    }))

  it('shows nothing as undone that is committed later', () =>
    faulty('deliver late', async (store) => {
      const seen = await text(store, 'a')
      await sleep(600)
      assert.equal(await text(store, 'a'), seen)
      assert.ok((await write(store, 'a', 'again')).ok)
    }))

  it('commits what had only begun, once there is a connection again', async () => {
    const store = await open()
    await write(store, 'a', '1')
    await server.admin(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'game'",
    )
    assert.ok((await write(store, 'a', '2')).ok)
    assert.equal(await text(store, 'a'), '2')
    await store.close()
  })
})

describe('postgres store, synchronous replicas', () => {
  it('calls a commit unknown that did not reach the replica it was to reach', async () => {
    const store = await open()
    await write(store, 'a', 'before')
    await server.admin("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    await server.admin('SELECT pg_reload_conf()')
    await sleep(100)
    const writing = write(store, 'a', 'after')
    const cancelled = assert.rejects(writing, codeIs('STORE_UNAVAILABLE'))
    await sleep(100)
    // What the time limit of a statement does as well.
    await server.admin(
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
    )
    await cancelled
    await server.admin('ALTER SYSTEM RESET synchronous_standby_names')
    await server.admin('SELECT pg_reload_conf()')
    assert.equal(await text(store, 'a'), 'after')
    await store.close()
  })
})

describe('postgres store, servers that may not decide', () => {
  it('refuses one that is set read-only, also while it is open', async () => {
    const store = await open({ connectionWaitMs: 300 })
    await write(store, 'a', '1')
    await server.admin('ALTER SYSTEM SET default_transaction_read_only = on')
    await server.admin('SELECT pg_reload_conf()')
    await sleep(100)
    await assert.rejects(open(), codeIs('STORE_UNFIT'))
    await assert.rejects(write(store, 'a', '2'), codeIs('STORE_UNAVAILABLE'))
    await server.admin('ALTER SYSTEM RESET default_transaction_read_only')
    await server.admin('SELECT pg_reload_conf()')
    await sleep(100)
    assert.ok((await write(store, 'a', '3')).ok)
    await store.close()
  })

  it('refuses a replica, and goes on once it was promoted', async () => {
    const store = await open({ connectionWaitMs: 500 })
    await write(store, 'a', '1')
    await server.kill()
    server.demote()
    await server.start()
    await assert.rejects(open(), codeIs('STORE_UNFIT'))
    await assert.rejects(store.read('a'), codeIs('STORE_UNAVAILABLE'))
    await assert.rejects(write(store, 'a', '2'), codeIs('STORE_UNAVAILABLE'))
    await server.admin('SELECT pg_promote()')
    assert.equal(await text(store, 'a'), '1')
    assert.ok((await write(store, 'a', '3')).ok)
    await store.close()
  })
})
