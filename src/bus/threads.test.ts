import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { busConformance } from '../ports/conformance/bus.ts'
import { type ThreadsHub, threadsBus, workerBus } from './index.ts'
import { type RelayWorker, relayWorker } from './test-kit/threads-relay.ts'
import { until, waitMs } from './test-kit/wait.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('threads', () => {
  let hub: ThreadsHub
  let workers: RelayWorker[]
  before(() => {
    hub = threadsBus()
    workers = [relayWorker(hub), relayWorker(hub)]
  })
  after(async () => {
    for (const worker of workers) await worker.end()
    hub.close()
  })

  busConformance('threads, main thread only', () => ({ bus: hub.bus, settle: () => waitMs(5) }))
  busConformance('threads, by turns in the main thread and in two workers', () => {
    let joins = 0
    const join: typeof hub.bus.join = (name, receive) => {
      const place = joins % 3
      joins += 1
      return (place === 0 ? hub : (workers[place - 1] as RelayWorker)).bus.join(name, receive)
    }
    return { bus: { join }, settle: () => waitMs(10) }
  })
})

describe('bus between threads', () => {
  let ends: Array<() => Promise<void> | void> = []
  afterEach(async () => {
    for (const end of ends.reverse()) await end()
    ends = []
  })
  const scene = (limits = {}): { hub: ThreadsHub; worker: RelayWorker; another: RelayWorker } => {
    const hub = threadsBus({ limits })
    const [worker, another] = [relayWorker(hub), relayWorker(hub)]
    ends.push(hub.close, worker.end, another.end)
    return { hub, worker, another }
  }

  it('sends what one turn gave to a destination in one frame', async () => {
    const { hub, worker } = scene()
    await worker.joinEcho('echo')
    let echoed = 0
    const a = await hub.bus.join('a', () => {
      echoed += 1
    })
    a.send('echo', bytesOf('first'))
    await until(() => echoed === 1)
    for (let index = 0; index < 500; index += 1) a.send('echo', bytesOf(String(index)))
    await until(() => echoed === 501)
    assert.equal(echoed, 501)
    assert.equal(hub.bus.counters().framesSent, 2)
  })

  it('frees the names of a worker that dies, and loses what is sent there', async () => {
    const { hub, worker, another } = scene()
    await worker.joinEcho('b')
    const heard: string[] = []
    const a = await hub.bus.join('a', (from) => heard.push(from))
    a.send('b', bytesOf('hello'))
    await until(() => heard.length === 1)
    await worker.end()
    a.send('b', bytesOf('lost'))
    await waitMs(20)
    // The name is free as soon as the hub has noticed.
    const free = (): Promise<boolean> =>
      another.joinEcho('b').then(
        () => true,
        () => false,
      )
    let joined = false
    for (let turn = 0; turn < 100 && !joined; turn += 1) joined = await free()
    assert.ok(joined)
    await until(() => {
      a.send('b', bytesOf('again'))
      return heard.length > 1
    })
    assert.deepEqual([...new Set(heard)], ['b'])
  })

  it('bounds what waits for a thread that is busy, and goes on when it is not', async () => {
    const limits = { windowBytesMax: 100_000, outboxMessagesMax: 100 }
    const { hub, worker } = scene(limits)
    await worker.joinEcho('b')
    let echoed = 0
    const a = await hub.bus.join('a', () => {
      echoed += 1
    })
    const counters = hub.bus.counters()
    a.send('b', bytesOf('hello'))
    await until(() => echoed === 1)
    worker.stall(300)
    await waitMs(20)
    const big = new Uint8Array(10_000)
    for (let turn = 0; turn < 300; turn += 1) {
      a.send('b', big)
      await new Promise((done) => setImmediate(done))
    }
    assert.ok(counters.messagesLost > 0, 'what came on top is lost')
    assert.ok(counters.messagesLost < 300)
    await until(() => echoed === 301 - counters.messagesLost)
    assert.equal(echoed, 301 - counters.messagesLost)
    a.send('b', big)
    await until(() => echoed === 302 - counters.messagesLost)
    assert.equal(echoed, 302 - counters.messagesLost)
  })

  it('tells a worker that nobody adopted, and all when the hub closes', async () => {
    const { port1, port2 } = new MessageChannel()
    ends.push(() => port1.close())
    const bus = workerBus(port2, { limits: { joinTimeoutMs: 20 } })
    await assert.rejects(
      bus.join('a', () => {}),
      { code: 'BUS_UNAVAILABLE' },
    )

    const { hub } = scene()
    const port = await hub.bus.join('a', () => {})
    hub.close()
    await waitMs(20)
    port.send('b', bytesOf('lost'))
    await port.close()
    await assert.rejects(
      hub.bus.join('b', () => {}),
      { code: 'BUS_UNAVAILABLE' },
    )
  })
})
