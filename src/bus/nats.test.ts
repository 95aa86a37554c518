import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { busConformance } from '../ports/conformance/bus.ts'
import { systemClock, systemRandom } from '../ports/index.ts'
import { natsBus } from './index.ts'
import { keptLog } from './test-kit/bus-log.ts'
import { natsScenes } from './test-kit/nats-scene.ts'
import { type NatsServer, startNatsServer } from './test-kit/nats-server.ts'
import { until, waitMs } from './test-kit/wait.ts'

let shared: NatsServer | undefined
let prefixes = 0
before(async () => {
  shared = await startNatsServer()
})
after(() => shared?.close())

busConformance('nats', () => {
  prefixes += 1
  const bus = natsBus({
    servers: shared?.url ?? '',
    prefix: `conformance.${prefixes}`,
    clock: systemClock(),
    random: systemRandom(),
  })
  return { bus, settle: () => waitMs(20) }
})

describe('bus over NATS', () => {
  const scene = natsScenes()

  it('sends what one turn gave to a destination in one frame', async () => {
    const { bus, join } = await scene()
    const nats = bus()
    const a = await join(nats, 'a')
    const b = await join(nats, 'b')
    a.send('b', 'first')
    await until(() => b.received.length === 1)
    const framesBefore = nats.counters().framesSent
    for (let index = 0; index < 500; index += 1) a.send('b', String(index))
    await until(() => b.received.length === 501)
    assert.equal(b.received.length, 501)
    assert.equal(nats.counters().framesSent - framesBefore, 1)
  })

  it('cuts frames to what the server takes', async () => {
    const { bus, join } = await scene('max_payload: 4096')
    const nats = bus()
    const a = await join(nats, 'a')
    const b = await join(nats, 'b')
    const texts = ['x'.repeat(3000), 'y'.repeat(3000), 'z'.repeat(50_000), 'w']
    for (const text of texts) a.send('b', text)
    await until(() => b.received.length === 4)
    assert.deepEqual(
      b.received.map(([, text]) => text),
      texts,
    )
  })

  it('loses and reports a message above the limit, and nothing else', async () => {
    const { bus, join } = await scene()
    const { log, lines } = keptLog()
    const nats = bus({ log, limits: { messageBytesMax: 1000 } })
    const a = await join(nats, 'a')
    const b = await join(nats, 'b')
    for (const text of ['1', 'x'.repeat(1001), '2']) a.send('b', text)
    await until(() => b.received.length === 2)
    await waitMs(20)
    assert.deepEqual(b.received, [
      ['a', '1'],
      ['a', '2'],
    ])
    assert.equal(nats.counters().messagesLost, 1)
    assert.match(lines.join('\n'), /1001 bytes for b/)
  })

  it('hears nothing of a realm with another prefix', async () => {
    const { bus, join } = await scene()
    const a = await join(bus({ prefix: 'one' }), 'a')
    const one = await join(bus({ prefix: 'one' }), 'b')
    const two = await join(bus({ prefix: 'two' }), 'b')
    a.send('b', 'hello')
    await until(() => one.received.length > 0)
    await waitMs(20)
    assert.deepEqual([one.received.length, two.received.length], [1, 0])
  })

  it('finds a name taken that another process has', async () => {
    const { bus, join } = await scene()
    await join(bus(), 'a')
    await assert.rejects(join(bus(), 'a'), { code: 'NODE_DUPLICATE' })
  })

  it('refuses a name or prefix that no subject can hold', async () => {
    const { bus, join } = await scene()
    await assert.rejects(join(bus(), ''), { code: 'KEY_INVALID' })
    await assert.rejects(join(bus(), '\ud800'), { code: 'KEY_INVALID' })
    assert.throws(() => bus({ prefix: 'a b' }), { code: 'KEY_INVALID' })
    assert.throws(() => bus({ prefix: '>' }), { code: 'KEY_INVALID' })
    const a = await join(bus(), 'a')
    a.send('', 'lost')
    a.send('x'.repeat(300), 'lost')
    const longest = '世'.repeat(85)
    const b = await join(bus({ prefix: 'p'.repeat(128) }), longest)
    b.send(`${longest}界`, 'lost')
    const c = await join(bus({ prefix: 'p'.repeat(128) }), '界'.repeat(85))
    c.send(longest, 'hello')
    await until(() => b.received.length > 0)
    assert.equal(b.received.length, 1)
  })
})
