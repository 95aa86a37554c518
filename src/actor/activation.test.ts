import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import type { ActivationContext, Behaviour, TileBatch } from './behaviour.ts'
import type { Block } from './block.ts'
import type { GameDefinition, GameSpec } from './game.ts'
import { noParts, noSums } from './stream-parts.ts'
import { callMessage, kindsOf, memberOf, testRealm, watched } from './test-kit/test-host.ts'

function hasCode(code: string) {
  return (error: unknown) => error instanceof RealmError && error.code === code
}

const address = 'room/test/x'
const batch: TileBatch = {
  ...{ tick: 1, deltas: noParts, slow: noParts, crawl: noParts, keyframes: noParts, views: [] },
  ...{
    rates: false,
    acknowledged: [],
    opened: [],
    closed: [],
    pressure: 0,
    incarnation: 1,
    answered: 0,
    checksums: noSums,
  },
}
const left = { kind: 'left', to: [memberOf('s1')], event: 0, payload: new Uint8Array() } as const

/** A block whose behaviour does what the test says, and what it was given last. */
function scripted(receive: (context: ActivationContext, method: number) => unknown) {
  const seen: { context?: ActivationContext; blob?: Uint8Array | undefined; stops: number } = {
    stops: 0,
  }
  const behave = (context: ActivationContext): Behaviour => ({
    start: (blob) => {
      Object.assign(seen, { context, blob })
    },
    receive: (message) => {
      return receive(context, message.op === 'call' ? message.method : -1) as Uint8Array
    },
    freeze: () => Uint8Array.of(7),
    stop: () => {
      seen.stops += 1
    },
  })
  const block: Block = {
    kind: 'room',
    describe: () => ({ kind: 'room', calls: [], commands: [], events: [] }),
    inputs: [],
    joinOptions: undefined,
    access: [],
    watch: 'anyone',
    behave,
    matchmaker: behave,
  }
  const game: GameDefinition<GameSpec> = { spec: { rooms: { test: block as never } } }
  return { game, seen }
}

describe('an activation', () => {
  it('sleeps with its blob when the host stops, and wakes up with it', async () => {
    const { game, seen } = scripted(() => undefined)
    const realm = testRealm(game)
    const a = await realm.join('a')
    await a.host.start(address)
    assert.equal(seen.blob, undefined)
    await a.host.stop()
    assert.equal(seen.stops, 1)
    await assert.rejects(a.host.send(address, callMessage(0)), hasCode('NODE_STOPPED'))
    const b = await realm.join('b')
    await b.host.send('match/test/main', callMessage(0))
    assert.equal(seen.blob, undefined, 'the matchmaker has a state of its own')
    await b.host.send(address, callMessage(0))
    assert.deepEqual(seen.blob, Uint8Array.of(7))
  })

  it('keeps parts beside its blob, and leaves nothing behind when it ends', async () => {
    const parts = [
      { name: 'tile-1', bytes: Uint8Array.of(1) },
      { name: 'tile-2', bytes: Uint8Array.of(2) },
    ]
    const { game, seen } = scripted((context, method) => {
      if (method === 0) return context.commit(Uint8Array.of(1), parts)
      if (method === 1) {
        return context.commit(Uint8Array.of(2), [{ name: 'tile-1', bytes: undefined }])
      }
      context.end()
      return Uint8Array.of(9)
    })
    const { store, join } = testRealm(game)
    const { host } = await join()
    await host.send(address, callMessage(0))
    assert.deepEqual(await seen.context?.parts(), parts)
    await host.send(address, callMessage(1))
    assert.deepEqual(await seen.context?.parts(), parts.slice(1))
    const answer = await host.send(address, callMessage(2))
    assert.deepEqual(answer, Uint8Array.of(9), 'the last turn is answered')
    await settle()
    assert.equal(seen.stops, 1)
    for (const prefix of ['own/', 'state/', 'part/']) {
      assert.deepEqual(await store.scan(prefix, { limit: 10 }), [], prefix)
    }
    await host.send(address, callMessage(0))
    assert.equal(seen.blob, undefined, 'the next one begins anew')
  })

  it('has no say once it was stopped', async () => {
    const ticks: number[] = []
    const { game, seen } = scripted((context) => {
      context.clock.every(100, () => ticks.push(1))
      context.publish('a', batch)
      context.deliver(left)
    })
    const { clock, join } = testRealm(game)
    const { host, deliveries, tiles } = await join()
    await host.send(address, callMessage(0))
    await clock.advance(250)
    assert.equal(ticks.length, 2)
    assert.deepEqual([tiles.length, kindsOf(deliveries)], [1, ['left']])
    await host.stop()
    const { context } = seen
    context?.publish('a', batch)
    context?.deliver(left)
    context?.end()
    await assert.rejects(context?.commit(new Uint8Array()) ?? Promise.resolve(), hasCode('FENCED'))
    await assert.rejects(
      context?.call('room/test/y', 0, new Uint8Array()) ?? Promise.resolve(),
      hasCode('FENCED'),
    )
    await clock.advance(1000)
    assert.equal(ticks.length, 2, 'its timers have ended')
    assert.deepEqual([tiles.length, deliveries.length], [1, 1])
  })

  it('says nothing without a lease, and what it delivered once it is back', async () => {
    const { game, seen } = scripted(() => undefined)
    const { clock, join } = testRealm(game, { exclusive: false })
    const { host, node, store, deliveries, tiles } = await join()
    await host.start(address)
    store.cut = true
    await clock.advance(2700)
    assert.equal(node.leaseAlive(), false)
    seen.context?.publish('a', batch)
    seen.context?.deliver(left)
    assert.deepEqual([tiles.length, deliveries.length], [0, 0])
    store.cut = false
    await clock.advance(1000)
    assert.deepEqual([tiles.length, deliveries.length], [0, 1])
  })

  it('may call from its timers whoever waits for it: nobody waits for a timer', async () => {
    const called: unknown[] = []
    const { game } = scripted(async (context, method) => {
      if (context.address === 'match/test/main') {
        if (method === 0) await context.call(address, 0, new Uint8Array())
        return Uint8Array.of(method)
      }
      await assert.rejects(
        context.call('match/test/main', 1, new Uint8Array()),
        hasCode('CALL_CYCLE'),
      )
      context.clock.after(10, () => {
        void context
          .call('match/test/main', 1, new Uint8Array())
          .then((answer) => called.push(answer))
      })
      return new Promise((resolve) => context.clock.after(50, () => resolve(new Uint8Array())))
    })
    const { clock, join } = testRealm(game)
    const { host } = await join()
    const found = watched(host.send('match/test/main', callMessage(0)))
    await clock.advance(100)
    assert.equal(found.done, true)
    assert.deepEqual(called, [Uint8Array.of(1)])
  })

  it('is harmed by nothing its timers throw', async () => {
    const { game } = scripted((context) => {
      context.clock.after(10, () => {
        throw new Error('a mistake')
      })
      return Uint8Array.of(1)
    })
    const { clock, join } = testRealm(game)
    const { host } = await join()
    await host.send(address, callMessage(0))
    await clock.advance(100)
    assert.deepEqual(await host.send(address, callMessage(0)), Uint8Array.of(1))
  })

  it('that cannot start fails its callers, and is tried again for the next', async () => {
    let healthy = false
    const { game } = scripted(() => Uint8Array.of(1))
    const spec = game.spec.rooms?.['test'] as unknown as { behave: Block['behave'] }
    const behave = spec.behave as NonNullable<Block['behave']>
    const flaky: NonNullable<Block['behave']> = (context, scope) => ({
      ...behave(context, scope),
      start: () => {
        if (!healthy) throw new Error('a mistake')
      },
    })
    Object.assign(spec, { behave: flaky })
    const { host } = await testRealm(game).join()
    await assert.rejects(host.send(address, callMessage(0)), hasCode('HANDLER_FAILED'))
    await settle()
    assert.equal(host.stats().activations, 0)
    healthy = true
    assert.deepEqual(await host.send(address, callMessage(0)), Uint8Array.of(1))
  })
})
