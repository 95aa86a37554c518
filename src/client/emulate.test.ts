import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { delaysOf, emulate } from './emulate.ts'
import type { SocketLike } from './host.ts'
import { demo } from './test-kit/demo-client.ts'
import { fakeSockets, type ServerSocket } from './test-kit/fake-network.ts'
import { VirtualClock } from './test-kit/virtual-clock.ts'

/** A socket behind an emulated network, and what happens at both of its ends, with the time. */
function wired(network: Parameters<typeof emulate>[0]) {
  const clock = new VirtualClock()
  const log: string[] = []
  const begun = clock.now()
  const note = (what: string) => log.push(`${Math.round(clock.now() - begun)} ${what}`)
  let server: ServerSocket | undefined
  const sockets = fakeSockets(
    clock,
    () => 0,
    (end) => {
      server = end
      return {
        received: (bytes) => note(`server ${bytes[0]}`),
        closed: () => note('server closed'),
      }
    },
  )
  const socket: SocketLike = new (emulate(network)(sockets, clock))('ws://demo.test')
  socket.onopen = () => note('open')
  socket.onclose = () => note('closed')
  socket.onmessage = (event: { data: ArrayBuffer }) => {
    note(`client ${new Uint8Array(event.data)[0]}`)
  }
  return { clock, log, socket, server: () => server as ServerSocket }
}

describe('an emulated network', () => {
  it('delays every message, each way', async () => {
    const { clock, log, socket, server } = wired({ latencyMs: 80 })
    await clock.advance(200)
    socket.send(Uint8Array.of(1))
    server().send(Uint8Array.of(2))
    await clock.advance(200)
    assert.deepEqual(log, ['160 open', '280 client 2', '280 server 1'])
  })

  it('delivers what was sent before a socket was closed', async () => {
    const { clock, log, socket, server } = wired({ latencyMs: 50 })
    await clock.advance(100)
    const bytes = Uint8Array.of(7)
    socket.send(bytes)
    bytes[0] = 8
    socket.close()
    await clock.advance(100)
    assert.deepEqual(log, ['100 open', '150 server 7', '150 server closed'])
    const other = wired({ latencyMs: 50 })
    await other.clock.advance(100)
    other.server().send(Uint8Array.of(9))
    other.server().close()
    await other.clock.advance(100)
    assert.deepEqual(other.log, ['100 open', '150 client 9', '150 closed'])
    assert.ok(server())
  })

  it('keeps the order, however much the delay varies', async () => {
    const network = { latencyMs: 60, jitterMs: 60, stallRate: 0.1, seed: 5 }
    const { clock, log, server } = wired(network)
    await clock.advance(1000)
    log.length = 0
    for (let sent = 0; sent < 200; sent++) {
      server().send(Uint8Array.of(sent))
      await clock.advance(7)
    }
    await clock.advance(2000)
    assert.deepEqual(
      log.map((line) => line.split(' ')[2]),
      Array.from({ length: 200 }, (_, sent) => String(sent)),
    )
  })

  it('is as bad as it was asked to be, and the same for the same seed', () => {
    const conditions = { latencyMs: 150, jitterMs: 50, stallRate: 0.02 }
    const delays = (seed: number): number[] => {
      const next = delaysOf({ ...conditions, seed })
      return Array.from({ length: 20_000 }, next)
    }
    const first = delays(1)
    assert.deepEqual(first, delays(1))
    assert.notDeepEqual(first, delays(2))
    const stalled = first.filter((delay) => delay > 200)
    assert.ok(Math.abs(stalled.length / first.length - 0.02) < 0.004)
    assert.ok(Math.min(...first) >= 100 && Math.max(...first) <= 600)
    const usual = first.filter((delay) => delay <= 200)
    assert.ok(Math.abs(usual.reduce((sum, delay) => sum + delay, 0) / usual.length - 150) < 1)
  })

  it('never delivers into the past, whatever the numbers', () => {
    const number = fc.oneof(fc.double({ min: 0, max: 1000, noNaN: true }), fc.constant(0))
    fc.assert(
      fc.property(number, number, fc.double({ min: 0, max: 1, noNaN: true }), (...numbers) => {
        const [latencyMs, jitterMs, stallRate] = numbers
        const next = delaysOf({ latencyMs, jitterMs, stallRate })
        for (let sent = 0; sent < 20; sent++) assert.ok(next() >= 0)
      }),
    )
  })

  it('is put between a client and its server by an option of connect', async () => {
    const { realm, clock } = await demo({
      latency: () => 0,
      network: emulate({ latencyMs: 100, jitterMs: 10 }),
    })
    await clock.advance(10_000)
    assert.ok(realm.ping > 180 && realm.ping < 221, String(realm.ping))
  })
})
