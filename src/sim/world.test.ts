import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../errors/index.ts'
import { newOwner } from './core.ts'
import { EventQueue } from './event-queue.ts'
import { seededRandom } from './random.ts'
import type { TraceEvent } from './trace.ts'
import { type SimWorld, type SimWorldOptions, simWorld } from './world.ts'

/** Two nodes that chat and commit, and a client that talks to one of them, with faults. */
async function smallLife(seed: number, options: SimWorldOptions = {}): Promise<SimWorld> {
  const faults = { busLossRate: 0.1, busDuplicateRate: 0.1, storeLossRate: 0.05 }
  const world = simWorld(seed, { faults, ...options })
  const nodes = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const { clock, random, store, listener } = world.process(name)
      const handle = store()
      const port = await world.bus.join(name, async (from, bytes) => {
        const count = bytes[0] ?? 0
        const write = { key: `${from}/${count % 7}`, value: bytes }
        const result = await handle.transact({ checks: [], writes: [write] }).catch(() => undefined)
        if (result?.ok) port.send(from, Uint8Array.of((count + 1) % 256))
      })
      clock.every(50, () => port.send(name === 'a' ? 'b' : 'a', random.bytes(3)))
      return { port, door: listener({ host: name, port: 80 }) }
    }),
  )
  await nodes[0]?.door.listen({
    open: (connection) => ({
      message: (bytes, start, end) => connection.send(bytes.slice(start, end)),
      text: () => {},
      closed: () => {},
    }),
    request: async () => ({ status: 204 }),
  })
  const client = world.process('c')
  const socket = client.connectClient('ws://a:80/realm')
  client.clock.every(33, () => {
    if (socket.readyState === 1) socket.send(client.random.bytes(5))
  })
  await world.run(5_000)
  return world
}

describe('simulation, determinism', () => {
  it('does the same under the same seed', async () => {
    const logs: TraceEvent[][] = [[], []]
    const [first, second] = await Promise.all(
      logs.map((log) => smallLife(7, { watch: (event) => log.push(event) })),
    )
    assert.deepEqual(logs[0], logs[1])
    assert.equal(first?.trace.hash, second?.trace.hash)
    assert.match(first?.trace.hash ?? '', /^[0-9a-f]{16}$/)
    const kinds = new Set(logs[0]?.map(({ kind }) => kind))
    for (const kind of ['bus', 'bus-lost', 'commit', 'timer', 'socket-up', 'socket-down']) {
      assert.ok(kinds.has(kind), `nothing of ${kind} happened`)
    }
    assert.ok((first?.trace.events ?? 0) > 1_000)
    assert.deepEqual(first?.errors, [])
  })

  it('does something else under another seed', async () => {
    const hashes = new Set<string>()
    for (let seed = 0; seed < 8; seed += 1) hashes.add((await smallLife(seed)).trace.hash)
    assert.equal(hashes.size, 8)
  })

  it('tells apart two traces that differ in one bit, one time or one order', async () => {
    const hashOf = async (bytes: Uint8Array[], delayMs = 0): Promise<string> => {
      const world = simWorld(1, { faults: { busJitterMs: 0 } })
      const a = await world.bus.join('a', () => {})
      await world.bus.join('b', () => {})
      await world.run(delayMs)
      for (const message of bytes) a.send('b', message)
      await world.run(10)
      return world.trace.hash
    }
    const one = Uint8Array.of(1, 2, 3, 4, 5)
    const two = Uint8Array.of(1, 2, 3, 4, 4)
    const same = await hashOf([one, two])
    assert.equal(await hashOf([one, two]), same)
    assert.notEqual(await hashOf([two, one]), same)
    assert.notEqual(await hashOf([one, one]), same)
    assert.notEqual(await hashOf([one, two], 0.001), same)
    assert.notEqual(await hashOf([one, Uint8Array.of(1, 2, 3, 4, 4, 0)]), same)
  })

  it('forks luck by name, whatever others draw', () => {
    const root = seededRandom('s')
    const early = root.fork('x').id()
    root.u32()
    assert.equal(root.fork('x').id(), early)
    assert.notEqual(root.fork('y').id(), early)
    assert.notEqual(seededRandom('t').fork('x').id(), early)
  })
})

describe('simulation, time', () => {
  it('runs events of the same time in the order they were set', () => {
    const queue = new EventQueue()
    const random = seededRandom('queue')
    const owner = newOwner('anyone')
    const added: [time: number, index: number][] = []
    const ran: [time: number, index: number][] = []
    for (let index = 0; index < 2_000; index += 1) {
      const time = random.u32() % 50
      const event = queue.add(time, owner, () => ran.push([time, index]))
      if (index % 5 === 0) event.cancelled = true
      else added.push([time, index])
    }
    for (let event = queue.pop(); event; event = queue.pop()) event.run()
    assert.deepEqual(
      ran,
      added.sort(([a, i], [b, j]) => a - b || i - j),
    )
  })

  it('finishes every promise before the next event', async () => {
    const world = simWorld(1)
    const order: string[] = []
    world.clock.after(1, async () => {
      for (let turn = 0; turn < 100; turn += 1) await undefined
      await new Promise((done) => process.nextTick(done))
      order.push('first')
    })
    world.clock.after(1, () => order.push('second'))
    await world.run(1)
    assert.deepEqual(order, ['first', 'second'])
  })

  it('passes an hour at once', async () => {
    const world = simWorld(1)
    let ticks = 0
    world.clock.every(1_000, () => {
      ticks += 1
    })
    const wall = world.clock.wallMs()
    await world.run(3_600_000)
    assert.equal(ticks, 3_600)
    assert.equal(world.clock.wallMs() - wall, 3_600_000)
  })

  it('tells what was thrown, and that a promise can never be settled', async () => {
    const world = simWorld(1)
    world.clock.after(1, () => {
      throw new Error('A timer failed on purpose.')
    })
    await assert.rejects(world.run(10), /on purpose/)
    await assert.rejects(world.until(new Promise(() => {})), /nothing left/)
    world.clock.every(10, () => {})
    await assert.rejects(world.until(new Promise(() => {}), 500), /Still waiting after 500 ms/)
  })
})

describe('simulation, faults', () => {
  it('loses, repeats and cuts messages as told', async () => {
    const world = simWorld(5)
    let received = 0
    const a = await world.bus.join('a', () => {})
    await world.bus.join('b', () => {
      received += 1
    })
    const sent = async (): Promise<number> => {
      received = 0
      for (let index = 0; index < 1_000; index += 1) a.send('b', Uint8Array.of(index & 0xff))
      await world.run(100)
      return received
    }
    assert.equal(await sent(), 1_000)
    world.faults.busLossRate = 0.3
    const some = await sent()
    assert.ok(some > 600 && some < 800, String(some))
    world.faults.busLossRate = 0
    world.faults.busDuplicateRate = 0.5
    const more = await sent()
    assert.ok(more > 1_400 && more < 1_600, String(more))
    world.faults.busDuplicateRate = 0
    world.cut(['b'], ['a'])
    assert.equal(await sent(), 0)
    world.heal()
    assert.equal(await sent(), 1_000)
  })

  it('notices bytes that are changed after sending', async () => {
    const world = simWorld(5)
    const a = await world.bus.join('a', () => {})
    const bytes = Uint8Array.of(1)
    a.send('a', bytes)
    bytes[0] = 2
    await world.run(10)
    assert.match(String(world.errors[0]), /changed after sending/)
  })

  it('leaves open whether a transaction that failed was committed', async () => {
    const write = { checks: [], writes: [{ key: 'k', value: Uint8Array.of(1) }] }
    const unavailable = (error: unknown): boolean =>
      error instanceof RealmError && error.code === 'STORE_UNAVAILABLE'
    const lost = simWorld(1, { faults: { storeLossRate: 1 } })
    await assert.rejects(lost.until(lost.store().transact(write)), unavailable)
    assert.equal(lost.committed.read('k'), undefined)
    const replyLost = simWorld(1, { faults: { storeLostReplyRate: 1 } })
    await assert.rejects(replyLost.until(replyLost.store().transact(write)), unavailable)
    assert.equal(replyLost.committed.read('k')?.version, 1)
  })
})

describe('simulation, processes', () => {
  it('shares one store between all', async () => {
    const world = simWorld(1)
    const [a, b] = ['a', 'b'].map((name) => world.process(name).store())
    assert.equal(a?.exclusive, false)
    const claim = (value: number) => ({
      checks: [{ key: 'lease', version: 0 }],
      writes: [{ key: 'lease', value: Uint8Array.of(value) }],
    })
    const both = Promise.all([a?.transact(claim(1)), b?.transact(claim(2))])
    const results = await world.until(both)
    assert.equal(results.filter((result) => result?.ok).length, 1)
  })

  it('keeps everything from a paused one until it goes on', async () => {
    const world = simWorld(1)
    const sleeper = world.process('sleeper')
    const seen: string[] = []
    await world.bus.join('sleeper', () => seen.push('message'))
    const other = await world.bus.join('other', () => {})
    sleeper.clock.after(50, () => seen.push('timer'))
    const store = sleeper.store()
    const written = store.transact({ checks: [], writes: [{ key: 'k', value: Uint8Array.of(1) }] })
    void written.then(() => seen.push('answer'))
    sleeper.pause()
    other.send('sleeper', Uint8Array.of(1))
    await world.run(5_000)
    assert.deepEqual(seen, [])
    assert.ok(world.committed.read('k'), 'what it asked for before was done')
    assert.equal(sleeper.clock.now(), 5_000)
    sleeper.resume()
    await world.run(0)
    assert.deepEqual(seen.sort(), ['answer', 'message', 'timer'])
  })

  it('drops everything of a killed one and lets another take its name', async () => {
    const world = simWorld(1)
    const victim = world.process('node')
    const seen: string[] = []
    victim.clock.every(10, () => seen.push('timer'))
    await world.bus.join('node', () => seen.push('message'))
    const other = await world.bus.join('other', () => {})
    const door = victim.listener({ host: 'node', port: 80 })
    const handlers = {
      open: () => ({ message: () => {}, text: () => {}, closed: () => seen.push('closed') }),
      request: async () => ({ status: 204 }),
    }
    await door.listen(handlers)
    const client = world.connectClient('ws://node:80/realm')
    const closed = new Promise<number>((done) => {
      client.onclose = ({ code }) => done(code)
    })
    await world.run(100)
    assert.equal(client.readyState, 1)
    seen.length = 0
    other.send('node', Uint8Array.of(1))
    victim.kill()
    assert.equal(await world.until(closed), 1_006)
    await world.run(1_000)
    assert.equal(seen.length, 0)
    const again = world.process('node')
    await world.bus.join('node', () => seen.push('new message'))
    await again.listener({ host: 'node', port: 80 }).listen(handlers)
    other.send('node', Uint8Array.of(1))
    await world.run(100)
    assert.deepEqual(seen, ['new message'])
  })
})

describe('simulation, sockets', () => {
  it('tells both ends of a broken wire, and buffers for a client that does not read', async () => {
    const world = simWorld(1)
    const events: string[] = []
    const sends: ((bytes: Uint8Array) => number)[] = []
    await world
      .process('gate')
      .listener({ host: 'gate', port: 80 })
      .listen({
        open: (connection) => {
          sends.push((bytes) => {
            connection.send(bytes)
            return connection.bufferedBytes
          })
          return {
            message: () => {},
            text: () => {},
            closed: (code) => events.push(`server ${code}`),
          }
        },
        request: async () => ({ status: 204 }),
      })
    const client = world.process('player').connectClient('ws://gate:80/realm')
    let received = 0
    client.onmessage = () => {
      received += 1
    }
    client.onclose = ({ code }) => events.push(`client ${code}`)
    await world.run(200)
    client.stall(true)
    for (let index = 0; index < 3; index += 1) sends[0]?.(new Uint8Array(100_000))
    await world.run(200)
    assert.equal(received, 0)
    assert.ok((sends[0]?.(new Uint8Array(1)) ?? 0) > 100_000)
    client.stall(false)
    await world.run(200)
    assert.equal(received, 4)
    assert.equal(sends[0]?.(new Uint8Array(1)), 0)
    client.drop()
    await world.run(200)
    assert.deepEqual(events, ['client 1006', 'server 1006'])
    assert.equal(received, 4, 'what was under way is lost')
  })

  it('tells the server that the process of a client was killed', async () => {
    const world = simWorld(1)
    const closes: number[] = []
    await world
      .process('gate')
      .listener({ host: 'gate', port: 80 })
      .listen({
        open: () => ({ message: () => {}, text: () => {}, closed: (code) => closes.push(code) }),
        request: async () => ({ status: 204 }),
      })
    const player = world.process('player')
    const client = player.connectClient('ws://gate:80/realm')
    let heard = 0
    client.onclose = () => {
      heard += 1
    }
    await world.run(200)
    player.kill()
    await world.run(200)
    assert.deepEqual(closes, [1006])
    assert.equal(heard, 0)
  })

  it('refuses a connection where nobody listens', async () => {
    const world = simWorld(1)
    const client = world.connectClient('ws://nowhere:1/realm')
    const closed = new Promise<number>((done) => {
      client.onclose = ({ code }) => done(code)
    })
    assert.equal(await world.until(closed), 1_006)
    await assert.rejects(world.request('http://nowhere:1/', { method: 'GET' }))
  })
})
