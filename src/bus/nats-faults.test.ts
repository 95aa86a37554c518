import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { connect, type Msg, nkeys } from '@nats-io/transport-node'
import { keptLog } from './test-kit/bus-log.ts'
import { startNatsChild } from './test-kit/nats-child.ts'
import { natsScenes } from './test-kit/nats-scene.ts'
import { until, waitMs } from './test-kit/wait.ts'

describe('bus over NATS, when the server fails', () => {
  const scene = natsScenes()
  /** Waits until that many nodes have noticed that the server is away. */
  const noticed = (lines: readonly string[], nodes: number): Promise<void> =>
    until(() => lines.filter((line) => line.includes('NATS is lost')).length === nodes)

  it('goes on when the server was killed and started again', async () => {
    const { server, bus, join } = await scene()
    const { log, lines } = keptLog()
    const [a, b] = [await join(bus({ log }), 'a'), await join(bus({ log }), 'b')]
    a.send('b', 'before')
    await until(() => b.received.length === 1)
    await server.stop()
    await noticed(lines, 2)
    a.send('b', 'while it is away')
    a.send('a', 'to myself')
    await waitMs(50)
    assert.deepEqual(a.received, [['a', 'to myself']])
    await server.start()
    await until(() => b.received.length === 2)
    assert.deepEqual(
      b.received.map(([, text]) => text),
      ['before', 'while it is away'],
    )
    b.send('a', 'back')
    await until(() => a.received.length === 2)
    assert.deepEqual(a.received[1], ['b', 'back'])
  })

  it('keeps no more than the limits while the server is away, and counts the rest', async () => {
    const { server, bus, join } = await scene()
    const { log, lines } = keptLog()
    const nats = bus({ log, limits: { outboxMessagesMax: 100 } })
    const [a, b] = [await join(nats, 'a'), await join(nats, 'b')]
    a.send('b', 'before')
    await until(() => b.received.length === 1)
    await server.stop()
    await noticed(lines, 2)
    for (let index = 0; index < 1000; index += 1) a.send('b', String(index))
    assert.equal(nats.counters().messagesLost, 900)
    await server.start()
    await until(() => b.received.length === 101)
    assert.deepEqual(
      b.received.slice(1).map(([, text]) => text),
      Array.from({ length: 100 }, (_, index) => String(index)),
    )
  })

  it('gives up what waits for a node that does not come back', async () => {
    const { server, bus, join } = await scene()
    const { log, lines } = keptLog()
    const nats = bus({ log })
    const [a, b] = [await join(nats, 'a'), await join(nats, 'b')]
    a.send('b', 'before')
    await until(() => b.received.length === 1)
    await server.stop()
    await noticed(lines, 2)
    await b.port.close()
    a.send('b', 'lost')
    await server.start()
    await until(() => nats.counters().messagesLost === 1)
    assert.equal(nats.counters().messagesLost, 1)
  })

  for (const [length, pauseMs, pingIntervalMs] of [
    ['shortly', 100, 60_000],
    ['for long', 1500, 200],
  ] as const) {
    it(`goes on when the server was stopped ${length} (SIGSTOP)`, async () => {
      const { server, bus, join } = await scene()
      const { log, lines } = keptLog()
      const nats = bus({ log, pingIntervalMs })
      const [a, b] = [await join(nats, 'a'), await join(nats, 'b')]
      a.send('b', 'before')
      await until(() => b.received.length === 1)
      server.pause()
      await waitMs(pauseMs)
      server.resume()
      await until(() => {
        a.send('b', 'after')
        return b.received.length > 1
      })
      assert.deepEqual(b.received[1], ['a', 'after'])
      const lost = lines.some((line) => line.includes('is lost'))
      assert.equal(lost, length === 'for long', 'only a long stop ends the connection')
    })
  }

  it('bounds what is on its way to a server that reads nothing', async () => {
    const { server, bus, join } = await scene()
    const limits = { windowBytesMax: 2 ** 20, outboxBytesMax: 2 ** 20 }
    const nats = bus({ limits, pingIntervalMs: 60_000 })
    const [a, b] = [await join(nats, 'a'), await join(nats, 'b')]
    a.send('b', 'before')
    await until(() => b.received.length === 1)
    server.pause()
    const text = 'x'.repeat(50_000)
    for (let index = 0; index < 200; index += 1) {
      a.send('b', text)
      await new Promise((done) => setImmediate(done))
    }
    const { messagesLost } = nats.counters()
    assert.ok(messagesLost > 100, `of 10 MB at most some 2 MB are kept: ${messagesLost} lost`)
    server.resume()
    await until(() => b.received.length === 201 - messagesLost)
    assert.equal(b.received.length, 201 - messagesLost)
  })
})

describe('bus over NATS, when it cannot begin', () => {
  const scene = natsScenes()

  it('names what refused the credentials, and never the credentials', async () => {
    const { server, bus, join } = await scene('authorization { user: good, password: "right" }')
    const { log, lines } = keptLog()
    const password = 'wrong-and-secret'
    const hosts = `nats://someone:${password}@127.0.0.1:${server.port}`
    const wrong = [
      bus({ log, auth: { user: 'good', password } }),
      bus({ log, auth: { token: password } }),
      bus({ log, servers: hosts }),
      bus({ log }),
    ]
    for (const nats of wrong) {
      const error = await join(nats, 'a').then(
        () => undefined,
        (thrown) => thrown,
      )
      assert.equal(error?.code, 'BUS_REFUSED')
      assert.match(error.message, /127\.0\.0\.1/)
      log.error({ error }, 'It could not join.')
    }
    assert.doesNotMatch(lines.join('\n'), new RegExp(password))
    const right = `nats://good:right@127.0.0.1:${server.port}`
    await join(bus({ servers: right }), 'a')
  })

  it('takes a token and an nkey', async () => {
    const key = nkeys.createUser()
    const nkeySeed = new TextDecoder().decode(key.getSeed())
    const users = `authorization { users = [{ nkey: ${key.getPublicKey()} }] }`
    const byKey = await scene(users)
    await byKey.join(byKey.bus({ auth: { nkeySeed } }), 'a')
    await assert.rejects(byKey.join(byKey.bus(), 'b'), { code: 'BUS_REFUSED' })
    const broken = byKey.bus({ auth: { nkeySeed: 'SUBROKEN' } })
    await assert.rejects(
      byKey.join(broken, 'b'),
      (error: Error) => 'code' in error && !error.message.includes('SUBROKEN'),
    )
    const byToken = await scene('authorization { token: "t0ken" }')
    await byToken.join(byToken.bus({ auth: { token: 't0ken' } }), 'a')
  })

  it('says which server does not answer', async () => {
    const { server, bus, join, after } = await scene()
    // The client of NATS leaves its socket to a server that never greets it.
    const mute = createServer((socket) => after(() => void socket.destroy()))
    mute.listen(0, '127.0.0.1')
    after(() => void mute.close())
    await until(() => mute.listening)
    const address = mute.address()
    const mutePort = typeof address === 'object' ? address?.port : 0
    const toMute = bus({ servers: `nats://127.0.0.1:${mutePort}` })
    await assert.rejects(join(toMute, 'a'), {
      code: 'BUS_UNAVAILABLE',
      message: /127\.0\.0\.1:\d+/,
    })
    await server.stop()
    await assert.rejects(join(bus(), 'a'), { code: 'BUS_UNAVAILABLE', message: /refused/ })
    assert.throws(() => bus({ servers: 'nats://' }), { code: 'BUS_UNAVAILABLE' })
    await assert.rejects(join(bus({ servers: 'tls://127.0.0.1:1' }), 'a'), {
      code: 'BUS_UNAVAILABLE',
    })
  })
})

describe('bus over NATS, former lives', () => {
  const scene = natsScenes()

  it('refuses what a former life sent, and brings a new one nothing that was for it', async () => {
    const { server, bus, join, after } = await scene()
    const spy = await connect({ servers: server.url })
    after(() => spy.close())
    const seen: Msg[] = []
    spy.subscribe('realm.in.>', { callback: (_, message) => void seen.push(message) })
    await spy.flush()

    const [nats, other] = [bus(), bus()]
    const a = await join(nats, 'a')
    const former = await join(other, 'b')
    a.send('b', 'for the former life')
    former.send('a', 'from the former life')
    await until(() => a.received.length === 1 && former.received.length === 1)
    await until(() => seen.length >= 2)
    const old = [...seen]
    await former.port.close()
    const b = await join(other, 'b')
    b.send('a', 'from the new life')
    await until(() => a.received.length === 2)

    const framesStale = nats.counters().framesStale
    for (const { subject, data } of old) spy.publish(subject, data)
    await until(() => nats.counters().framesStale > framesStale)
    await waitMs(20)
    assert.deepEqual(
      a.received.map(([, text]) => text),
      ['from the former life', 'from the new life'],
    )
    assert.deepEqual(b.received, [])
    assert.equal(nats.counters().framesMalformed, 0)
  })

  it('silences a process that was stopped while another took its name', async () => {
    const { server, bus, join, after } = await scene()
    const a = await join(bus(), 'a')
    const child = await startNatsChild(server.url, 'b', 'a', 'former')
    after(() => child.end())
    await until(() => a.received.length > 0)
    assert.deepEqual(a.received[0], ['b', 'former'], child.said())
    child.pause()
    await assert.rejects(
      join(bus({ limits: { answerTimeoutMs: 20_000 } }), 'a'),
      { code: 'NODE_DUPLICATE' },
      'who answers keeps its name',
    )
    const b = await join(bus({ limits: { answerTimeoutMs: 200 } }), 'b')
    b.send('a', 'new')
    await until(() => a.received.some(([, text]) => text === 'new'))
    const heard = a.received.length
    child.resume()
    await until(() => child.said().includes('Another node has taken this name'))
    await waitMs(50)
    assert.match(child.said(), /Another node has taken this name/)
    assert.deepEqual(a.received.slice(heard), [], 'the former life is heard no more')

    await b.port.close()
    await until(() => a.received.length > heard)
    assert.deepEqual(a.received[heard], ['b', 'former'], 'once the name is free it is heard again')
  })
})
