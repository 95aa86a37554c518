import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../errors/index.ts'
import { Writer } from '../schema/index.ts'
import { beginPacket, packetType } from './packet.ts'
import { Chaos } from './test-kit/chaos.ts'
import { type ChaosNode, type ChaosNodeOptions, chaosNode } from './test-kit/chaos-node.ts'

/** Two nodes on a bus of which every message is seen. */
function pair(options: ChaosNodeOptions = {}) {
  const chaos = new Chaos(1, { lossRate: 0, repeatRate: 0, latencyMs: 1, jitterMs: 0 })
  const directory = new Map()
  const join = (id: string): ChaosNode => chaosNode(chaos, directory, id, options)
  const [a, b] = [join('a'), join('b')]
  const seen: { from: string; type: number; bytes: Uint8Array }[] = []
  chaos.tap = (from, _to, bytes) => seen.push({ from, type: bytes[1] as number, bytes })
  return { chaos, join, a, b, seen }
}

const heardBy = (node: ChaosNode): number[] => node.logs.flatMap(({ heard }) => heard)
const looseBy = (node: ChaosNode): number[] => node.logs.flatMap(({ looseHeard }) => looseHeard)

function hasCode(code: string) {
  return (error: unknown) => error instanceof RealmError && error.code === code
}

describe('a link between two nodes', () => {
  it('gathers what is said in one turn into one message of the bus', async () => {
    const { chaos, a, b, seen } = pair()
    a.send('b', 0, 5)
    await chaos.run(100)
    seen.length = 0
    for (let number = 1; number <= 100; number += 1) a.send('b', number, 20)
    for (let number = 101; number <= 110; number += 1) a.sendLoose('b', number, 20)
    await chaos.run(100)
    assert.equal(heardBy(b).length, 101)
    assert.equal(looseBy(b).length, 10)
    assert.deepEqual(
      seen.map(({ from }) => from),
      ['a', 'b'],
      'one with all, one that acknowledges them',
    )
    assert.ok(chaos.quiet)
  })

  it('acknowledges with what is said anyway, and waits a little for it', async () => {
    const { chaos, a, b, seen } = pair()
    a.send('b', 1, 5)
    await chaos.run(100)
    seen.length = 0
    for (let round = 0; round < 10; round += 1) {
      a.send('b', round, 5)
      b.send('a', round, 5)
      await chaos.run(5)
    }
    await chaos.run(100)
    assert.ok(seen.length <= 26, `${seen.length} messages of the bus instead of 40`)
  })

  it('takes messages apart that are larger than one of the bus', async () => {
    const { chaos, a, b, seen } = pair({
      streams: { pieceBytesMax: 1000, packetBytesMax: 4000, windowBytesMax: 8000 },
    })
    a.send('b', 1, 50_000)
    a.sendLoose('b', 2, 6000)
    a.send('b', 3, 5)
    await chaos.run(1000)
    assert.deepEqual([heardBy(b), looseBy(b)], [[1, 3], [2]])
    for (const { bytes } of seen) assert.ok(bytes.length <= 4000)
  })

  it('takes no more than it may hold, and says so at once', async () => {
    const streams = { outboxMessagesMax: 10, outboxBytesMax: 1000 }
    const { chaos, a, b } = pair({ streams })
    for (let number = 1; number <= 10; number += 1) a.send('b', number, 5)
    assert.throws(() => a.send('b', 11, 5), hasCode('BUS_BUSY'))
    await chaos.run(100)
    assert.throws(() => a.send('b', 12, 1001), hasCode('BUS_BUSY'))
    a.send('b', 13, 1000)
    await chaos.run(100)
    assert.deepEqual(heardBy(b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13])
  })

  it('drops loose messages for one who is too far behind, and goes on later', async () => {
    const { chaos, a, b } = pair({ streams: { looseBytesMax: 1000 } })
    a.send('b', 1, 5)
    await chaos.run(100)
    chaos.apart = ['b']
    const taken = [1, 2, 3, 4, 5].map((number) => a.sendLoose('b', number, 400))
    assert.deepEqual(taken, [true, true, false, false, false])
    await chaos.run(1100)
    chaos.apart = []
    assert.equal(a.sendLoose('b', 6, 400), true)
    await chaos.run(500)
    assert.deepEqual(looseBy(b), [6], 'what was lost stays lost')
    assert.equal(a.sendLoose('b', 7, 900), true)
  })

  it('is broken when the other stays silent for too long, and another one follows', async () => {
    const { chaos, a, b } = pair()
    a.send('b', 1, 5)
    await chaos.run(100)
    chaos.apart = ['b']
    a.send('b', 2, 5)
    await chaos.run(9000)
    assert.equal(a.logs[0]?.broken, false)
    await chaos.run(2000)
    assert.equal(a.logs[0]?.broken, true)
    chaos.apart = []
    a.send('b', 3, 5)
    await chaos.run(100)
    assert.deepEqual(heardBy(b), [1, 3])
    assert.equal(b.logs[0]?.broken, true, 'the other side has been told')
  })

  it('tells the other side when it is given up, though there is nothing more to say', async () => {
    const { chaos, a, b } = pair()
    a.send('b', 1, 5)
    await chaos.run(100)
    a.links.drop('b')
    await chaos.run(20)
    assert.equal(b.logs[0]?.broken, true)
  })

  it('hands over nothing more once its receiver has given it up', async () => {
    const { chaos, a, b } = pair({ heard: ({ links }, from) => links.drop(from) })
    for (const number of [1, 2, 3]) a.send('b', number, 5)
    await chaos.run(100)
    assert.deepEqual(heardBy(b), [1])
  })

  it('tells at the next word that the other has restarted', async () => {
    const { chaos, join, a } = pair()
    a.send('b', 1, 5)
    await chaos.run(100)
    const after = join('b')
    a.send('b', 2, 5)
    await chaos.run(20)
    assert.deepEqual([a.logs[0]?.broken, heardBy(after)], [true, []])
    a.send('b', 3, 5)
    await chaos.run(20)
    assert.deepEqual(heardBy(after), [3])
  })

  it('is not given up for a word of a stranger', async () => {
    const { chaos, a, b, seen } = pair()
    a.send('b', 1, 5)
    await chaos.run(100)
    const writer = new Writer()
    const data = seen.find(({ from, type }) => from === 'a' && type === packetType.data)
    beginPacket(writer, packetType.reset)
    writer.raw((data as { bytes: Uint8Array }).bytes.subarray(2, 10))
    const reset = writer.finish()
    seen.length = 0
    a.links.receive('b', reset.slice(0, 5))
    a.links.receive('c', reset)
    beginPacket(writer, packetType.reset)
    writer.raw(new Uint8Array(8))
    a.links.receive('b', writer.finish())
    a.send('b', 2, 5)
    await chaos.run(100)
    assert.deepEqual(heardBy(b), [1, 2])
    assert.equal(a.logs.length, 1)
  })

  it('is broken by who acknowledges what was never sent', async () => {
    const { chaos, a, b, seen } = pair()
    a.send('b', 1, 5)
    await chaos.run(100)
    const data = seen.findLast(({ from, type }) => from === 'b' && type === packetType.data)
    const forged = (data as { bytes: Uint8Array }).bytes.slice()
    forged[10] = 100
    a.links.receive('b', forged)
    assert.equal(a.logs[0]?.broken, true)
    await chaos.run(100)
    assert.equal(b.logs[0]?.broken, true)
  })
})
