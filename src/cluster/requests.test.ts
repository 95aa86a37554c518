import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { memoryBus } from '../bus/index.ts'
import { RealmError } from '../errors/index.ts'
import { type Bus, silentLog } from '../ports/index.ts'
import { record, text, u32, Writer } from '../schema/index.ts'
import { defineLoose, defineMessage } from './index.ts'
import { Requests } from './requests.ts'
import { Stream } from './stream.ts'
import { defaultStreamLimits } from './stream-limits.ts'
import { ManualClock, settle, testCluster } from './test-kit/index.ts'

const Value = record({ n: u32, name: text({ max: 20 }) })
const double = defineMessage('double', Value, Value)
const note = defineMessage('note', Value)

function hasCode(code: string, detail = '') {
  return (error: unknown) =>
    error instanceof RealmError && error.code === code && error.detail.includes(detail)
}

/** A bus that hands each message to `deliver`, which may repeat it, keep it, or drop it. */
function unruly(route: (send: () => void) => void): Bus {
  const bus = memoryBus()
  return {
    async join(node, receive) {
      const port = await bus.join(node, receive)
      return { ...port, send: (to, bytes) => route(() => port.send(to, bytes)) }
    },
  }
}

/** What becomes of a message on an unruly bus. */
const fates = { sent: 0, twice: 1, lost: 2, twiceLate: 3, late: 4 }

describe('messages between nodes', () => {
  it('are answered, and fail with code and detail', async () => {
    const { join } = testCluster()
    const [a, b] = [await join('a'), await join('b')]
    b.node.serve(double, (from, { n, name }) => {
      if (n === 0) throw new RealmError('REFUSED', `not ${name}`)
      if (n === 1) throw new Error('a secret')
      return { n: n * 2, name: `${name} of ${from}` }
    })
    assert.deepEqual(await a.node.request('b', double, { n: 4, name: 'x' }), {
      n: 8,
      name: 'x of a',
    })
    await assert.rejects(
      a.node.request('b', double, { n: 0, name: 'you' }),
      hasCode('REFUSED', 'not you'),
    )
    await assert.rejects(
      a.node.request('b', double, { n: 1, name: '' }),
      (error) => error instanceof RealmError && error.code === 'INTERNAL' && error.detail === '',
    )
    await assert.rejects(
      a.node.request('b', note as never, { n: 1, name: '' }),
      hasCode('NODE_STOPPED'),
    )
  })

  it('reach the node itself by reference, a post before it returns', async () => {
    const { join } = testCluster()
    const { node } = await join('a')
    const seen: unknown[] = []
    node.serve(note, (_from, input) => {
      seen.push(input)
    })
    const value = { n: 1, name: 'x' }
    node.post('a', note, value)
    assert.equal(seen[0], value)
    node.serve(double, (_from, input) => input)
    assert.equal(await node.request('a', double, value), value)
  })

  it('have a deadline, and their answers come in vain after it', async () => {
    const { clock, join } = testCluster()
    const [a, b] = [await join('a'), await join('b')]
    let answer: (value: { n: number; name: string }) => void = () => {}
    b.node.serve(double, () => new Promise((resolve) => (answer = resolve)))
    const asked = a.node.request('b', double, { n: 1, name: '' }, 1000)
    const failed = assert.rejects(asked, hasCode('DEADLINE'))
    await clock.advance(1200)
    await failed
    answer({ n: 2, name: '' })
    await settle()
    const nobody = a.node.request('nobody', double, { n: 1, name: '' })
    await assert.rejects(nobody, hasCode('NODE_LOST'), 'at once, for the directory lists none')
  })

  it('are bounded, and given up when the other node dies or this one closes', async () => {
    const { clock, join } = testCluster({ limits: { pendingRequestsMax: 1 } })
    const [a, b, c] = [await join('a'), await join('b'), await join('c')]
    await clock.advance(500)
    for (const { node } of [b, c]) node.serve(double, () => new Promise(() => {}))
    const ask = (id: string) => a.node.request(id, double, { n: 1, name: '' }, 60_000)
    const first = assert.rejects(ask('b'), hasCode('NODE_LOST'))
    await assert.rejects(ask('b'), hasCode('NODE_BUSY'))
    b.store.cut = true
    await clock.advance(4000)
    await first
    const last = assert.rejects(ask('c'), hasCode('NODE_STOPPED'))
    await a.node.close()
    await last
  })

  it('run once and in order on a bus that repeats and reorders', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 }),
        async (plan) => {
          const kept: (() => void)[] = []
          let step = 0
          let calm = true
          const bus = unruly((send) => {
            if (calm) return send()
            const fate = plan[step % Math.max(1, plan.length)] ?? 0
            step += 1
            if (fate !== fates.lost && fate !== fates.late) send()
            if (fate === fates.twice) send()
            if (fate === fates.late || fate === fates.twiceLate) kept.push(send)
          })
          const { clock, join } = testCluster({ bus })
          const [a, b] = [await join('a'), await join('b')]
          const seen: number[] = []
          b.node.serve(note, (_from, { n }) => {
            seen.push(n)
          })
          calm = false
          for (let n = 0; n < plan.length; n += 1) a.node.post('b', note, { n, name: '' })
          calm = true
          for (const send of kept) send()
          await clock.advance(2000)
          assert.deepEqual(
            seen,
            plan.map((_, n) => n),
          )
          await a.node.close()
          await b.node.close()
        },
      ),
      { numRuns: 40 },
    )
  })

  it('may be lost where that was said of their kind, and only those are', async () => {
    let lose = false
    const { clock, join } = testCluster({ bus: unruly((send) => lose || send()) })
    const [a, b] = [await join('a'), await join('b')]
    const hint = defineLoose('hint', Value)
    const seen: string[] = []
    b.node.serve(note, (_from, { n }) => void seen.push(`note ${n}`))
    b.node.serve(hint, (_from, { n }) => void seen.push(`hint ${n}`))
    const say = async (n: number): Promise<void> => {
      a.node.post('b', hint, { n, name: '' })
      a.node.post('b', note, { n, name: '' })
      await clock.advance(50)
    }
    await say(1)
    lose = true
    await say(2)
    lose = false
    await say(3)
    await clock.advance(2000)
    assert.deepEqual(
      seen.filter((one) => one.startsWith('note')),
      ['note 1', 'note 2', 'note 3'],
    )
    assert.deepEqual(
      seen.filter((one) => one.startsWith('hint')),
      ['hint 1', 'hint 3'],
    )
  })

  it('are refused, not lost, where too much waits for a node', async () => {
    const { clock, join } = testCluster({ limits: { links: { outboxMessagesMax: 2 } } })
    const [a, b] = [await join('a'), await join('b')]
    b.node.serve(double, (_from, input) => input)
    const ask = () => a.node.request('b', double, { n: 1, name: '' })
    const asked = [ask(), ask()]
    await assert.rejects(ask(), hasCode('BUS_BUSY'))
    assert.throws(() => a.node.post('b', note, { n: 1, name: '' }), hasCode('BUS_BUSY'))
    await Promise.all(asked)
    await clock.advance(100)
    await ask()
  })

  it('fail at once when the node that was asked starts again', async () => {
    const { clock, join } = testCluster()
    const a = await join('a')
    const before = await join('b')
    before.node.serve(double, () => new Promise(() => {}))
    const asked = a.node.request('b', double, { n: 1, name: '' }, 60_000)
    const failed = assert.rejects(asked, hasCode('NODE_LOST'))
    const broken: string[] = []
    a.node.watchLinks(() => assert.fail('what a watcher throws is its own affair'))
    const end = a.node.watchLinks((node) => broken.push(node))
    await settle()
    await before.node.close()
    const after = await join('b')
    after.node.serve(double, (_from, input) => input)
    await clock.advance(0)
    await failed
    assert.deepEqual(broken, ['b'])
    end()
    assert.equal((await a.node.request('b', double, { n: 2, name: '' })).n, 2)
  })

  it('are answered by whom they were sent to, and by nobody else', async () => {
    const [asked, other] = [new Stream(defaultStreamLimits), new Stream(defaultStreamLimits)]
    const options = { id: 'a', clock: new ManualClock(), log: silentLog, pendingRequestsMax: 9 }
    const requests = new Requests(options)
    requests.attach({ send: () => asked } as never)
    const pending = requests.request('b', double, { n: 1, name: '' }, 1000)
    const answerOf = (n: number): Uint8Array => {
      const writer = new Writer()
      writer.u8(2)
      writer.varint(1)
      Value.write(writer, { n, name: '' })
      return writer.finish()
    }
    requests.receive('c', answerOf(13), other)
    requests.receive('b', answerOf(2), asked)
    assert.equal((await pending).n, 2)
    requests.close()
  })

  it('to nodes that are gone do not wear out the store', async () => {
    const { clock, join } = testCluster()
    const a = await join('a')
    let scans = 0
    const scan = a.store.scan.bind(a.store)
    a.store.scan = (prefix, options) => {
      scans += 1
      return scan(prefix, options)
    }
    for (let tick = 0; tick < 200; tick += 1) {
      a.node.post('gone', note, { n: tick, name: '' })
      await clock.advance(50)
    }
    assert.ok(scans <= 65, `${scans} in ten seconds, of which 20 are made anyway`)
  })

  it('of any bytes crash nobody', async () => {
    const bus = memoryBus()
    const { join } = testCluster({ bus })
    const { node } = await join('a')
    node.serve(double, (_from, input) => input)
    const stranger = await bus.join('stranger', () => {})
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        stranger.send('a', Uint8Array.of(2, ...bytes))
        stranger.send('a', bytes)
      }),
    )
    await settle()
    const b = await join('b')
    assert.deepEqual(await b.node.request('a', double, { n: 1, name: 'ok' }), { n: 1, name: 'ok' })
  })

  it('answer the life of a node that asked, not its next one', async () => {
    const { join } = testCluster()
    const b = await join('b')
    const answers: ((value: { n: number; name: string }) => void)[] = []
    b.node.serve(double, () => new Promise((resolve) => answers.push(resolve)))
    const before = await join('a')
    const first = before.node.request('b', double, { n: 1, name: '' })
    first.catch(() => {})
    await settle()
    await before.node.close()
    const after = await join('a')
    const second = after.node.request('b', double, { n: 2, name: '' })
    await settle()
    answers[0]?.({ n: 10, name: 'first' })
    await settle()
    answers[1]?.({ n: 20, name: 'second' })
    assert.deepEqual(await second, { n: 20, name: 'second' })
  })

  it('of a former life of a node are void', async () => {
    const bus = memoryBus()
    const raw: Uint8Array[] = []
    const tapped: Bus = {
      async join(node, receive) {
        const port = await bus.join(node, receive)
        return {
          ...port,
          send: (to, bytes) => {
            raw.push(bytes)
            port.send(to, bytes)
          },
        }
      },
    }
    const { join } = testCluster({ bus: tapped })
    const b = await join('b')
    const seen: number[] = []
    b.node.serve(note, (_from, { n }) => {
      seen.push(n)
    })
    const before = await join('a')
    before.node.post('b', note, { n: 1, name: '' })
    await settle()
    const old = raw.splice(0)
    await before.node.close()
    const after = await join('a')
    after.node.post('b', note, { n: 2, name: '' })
    await settle()
    await after.node.close()
    const port = await bus.join('a', () => {})
    for (const bytes of old) port.send('b', bytes)
    await settle()
    assert.deepEqual(seen, [1, 2])
  })
})
