import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../errors/index.ts'
import { connect } from './connect.ts'
import { demo, demoOptions, memoryStorage } from './test-kit/demo-client.ts'
import type { DemoGame } from './test-kit/demo-game.ts'
import { FakeServer } from './test-kit/fake-server.ts'
import { VirtualClock, within } from './test-kit/virtual-clock.ts'

describe('connect', () => {
  it('logs in, says hello and knows the game', async () => {
    const { realm, server } = await demo()
    assert.equal(realm.status, 'connected')
    assert.deepEqual(realm.player, { id: server.session.player, name: 'Ada' })
    assert.equal(realm.manifest.game, 'demo')
    assert.deepEqual(await within(server.clock, realm.services.shop.add({ n: 4 })), { sum: 4 })
  })

  it('is the same player after a reload, with the manifest from the storage', async () => {
    const storage = memoryStorage()
    const first = await demo({ storage })
    let manifestBytes = first.realm.traffic.totalBytesIn
    first.realm.close()
    const second = await demo({ storage, server: first.server })
    manifestBytes -= second.realm.traffic.totalBytesIn
    assert.equal(second.realm.player.id, first.realm.player.id)
    assert.ok(manifestBytes > 500, 'the second welcome came without a manifest')
    assert.equal(second.realm.manifest.game, 'demo')
  })

  it('starts over with a new guest where the stored secret is wrong', async () => {
    const storage = memoryStorage()
    const first = await demo({ storage })
    const [key] = [...storage.items.keys()].filter((name) => name.includes('guest'))
    assert.ok(key)
    storage.setItem(key, JSON.stringify({ player: first.realm.player.id, secret: 'wrong' }))
    const second = await demo({ storage, server: first.server })
    assert.notEqual(second.realm.player.id, first.realm.player.id)
  })

  it('survives a storage that throws and nonsense in it', async () => {
    const broken = {
      getItem: () => {
        throw new Error('denied')
      },
      setItem: () => {
        throw new Error('full')
      },
      removeItem: () => {},
    }
    assert.equal((await demo({ storage: broken })).realm.status, 'connected')
    const nonsense = { getItem: () => '{"hash":"x","manifest":[1]', setItem() {}, removeItem() {} }
    assert.equal((await demo({ storage: nonsense })).realm.status, 'connected')
  })

  it('rejects at once where nobody answers', async () => {
    const server = new FakeServer(new VirtualClock())
    server.down = true
    const connecting = connect<DemoGame>('http://demo.test', demoOptions(server))
    await assert.rejects(within(server.clock, connecting), { code: 'CONNECT_FAILED' })
    assert.equal(server.clock.timers, 0, 'no timer is left behind')
  })

  it('rejects where the server never says welcome', async () => {
    const server = new FakeServer(new VirtualClock())
    server.mute = true
    const connecting = connect<DemoGame>('http://demo.test', demoOptions(server))
    await assert.rejects(within(server.clock, connecting), { code: 'CONNECT_FAILED' })
  })

  it('rejects with the words of the server', async () => {
    const server = new FakeServer(new VirtualClock())
    const login = connect<DemoGame>('http://demo.test', demoOptions(server, { ticket: 'stale' }))
    await assert.rejects(within(server.clock, login), { code: 'TICKET_INVALID' })
    const body = { error: { code: 'RATE_LIMITED', message: 'whatever' } }
    const fetch = async () => ({ ok: false, status: 429, json: async () => body })
    const limited = connect<DemoGame>('http://demo.test', demoOptions(server, { fetch }))
    await assert.rejects(within(server.clock, limited), (error) => {
      return error instanceof RealmError && error.code === 'RATE_LIMITED'
    })
  })

  it('refuses an address that is none', async () => {
    await assert.rejects(connect('localhost:7777'), TypeError)
  })
})

describe('a call', () => {
  it('rejects input that does not fit before anything is sent', async () => {
    const { realm } = await demo()
    const wrong = { n: 'four' } as unknown as { n: number }
    await assert.rejects(realm.services.shop.add(wrong), { code: 'SCHEMA_INVALID' })
  })

  it('rejects what the game does not have, by name', async () => {
    const { realm } = await demo()
    const services = realm.services as unknown as Record<
      string,
      Record<string, () => Promise<void>>
    >
    const missing = services['bank']?.['open'] as () => Promise<void>
    await assert.rejects(missing(), { code: 'UNKNOWN_BLOCK' })
    const method = services['shop']?.['steal'] as () => Promise<void>
    await assert.rejects(method(), { code: 'UNKNOWN_METHOD' })
  })

  it('ends with DEADLINE where no answer comes, and a late one harms nobody', async () => {
    const { realm, server, wait, clock, errors } = await demo()
    server.holdCalls = true
    await assert.rejects(wait(realm.services.shop.add({ n: 1 }, { timeoutMs: 300 })), {
      code: 'DEADLINE',
    })
    server.session.send('reply', { id: 1, output: Uint8Array.of(1, 0, 0, 0) })
    await clock.advance(100)
    assert.equal(realm.status, 'connected')
    assert.deepEqual(errors, [])
  })

  it('is refused once the realm is closed', async () => {
    const { realm, server, wait } = await demo()
    server.holdCalls = true
    const pending = realm.services.shop.add({ n: 1 })
    const outcome = assert.rejects(pending, { code: 'REALM_CLOSED' })
    realm.close()
    await outcome
    await assert.rejects(wait(realm.services.shop.add({ n: 1 })), { code: 'REALM_CLOSED' })
  })
})

describe('time', () => {
  it('measures the round trip and the clock of the server', async () => {
    let latency = 20
    const { realm, clock } = await demo({ latency: () => latency })
    await clock.advance(2500)
    assert.equal(realm.ping, 40)
    assert.ok(Math.abs(realm.serverNow() - (clock.now() + 1_000_000)) < 1)
    latency = 100
    await clock.advance(30_000)
    assert.equal(realm.ping, 200)
  })

  it('counts traffic of the last second', async () => {
    const { realm, clock, wait } = await demo()
    await wait(realm.services.shop.add({ n: 1 }))
    assert.ok(realm.traffic.bytesOut > 0)
    assert.ok(realm.traffic.bytesIn > 0)
    const total = realm.traffic.totalBytesOut
    realm.close()
    await clock.advance(2000)
    assert.equal(realm.traffic.bytesOut, 0)
    assert.ok(realm.traffic.totalBytesOut >= total)
  })

  it('leaves no timer behind when it is closed', async () => {
    const { realm, clock } = await demo()
    await clock.advance(5000)
    realm.close()
    await clock.advance(100)
    assert.equal(clock.timers, 0)
    assert.equal(realm.status, 'closed')
  })
})
