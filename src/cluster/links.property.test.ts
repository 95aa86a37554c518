import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { nodeCrypto } from './identity.ts'
import { Chaos } from './test-kit/chaos.ts'
import {
  type ChaosNode,
  type ChaosNodeOptions,
  chaosNode,
  type Directory,
  type LinkLog,
} from './test-kit/chaos-node.ts'

const names = ['a', 'b', 'c']

type Step =
  | { readonly op: 'send' | 'loose'; readonly from: number; readonly to: number; size: number }
  | { readonly op: 'wait'; readonly ms: number }
  | { readonly op: 'part'; readonly who: number }
  | { readonly op: 'heal' }
  | { readonly op: 'restart'; readonly who: number; readonly noticed: boolean }

const who = fc.integer({ min: 0, max: names.length - 1 })
const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 5, max: 80 }) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 3000 }) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ op: fc.constant('send' as const), from: who, to: who, size }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('loose' as const), from: who, to: who, size }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1500 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('part' as const), who }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('heal' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('restart' as const), who, noticed: fc.boolean() }),
  },
)

const history = fc.record({
  seed: fc.nat(),
  lossRate: fc.constantFrom(0, 0.05, 0.3, 0.5),
  repeatRate: fc.constantFrom(0, 0.1, 0.5),
  jitterMs: fc.constantFrom(0, 10, 400, 1500),
  steps: fc.array(step, { minLength: 1, maxLength: 60 }),
})
type History = typeof history extends fc.Arbitrary<infer H> ? H : never

/** Small bounds, so that windows, pieces and packets are met within a few messages. */
const streams = {
  ...{ pieceBytesMax: 64, packetBytesMax: 256, windowBytesMax: 2048 },
  ...{ windowMessagesMax: 40, outboxMessagesMax: 1000, looseBytesMax: 4000 },
}

async function live(told: History, options: ChaosNodeOptions = {}): Promise<LinkLog[]> {
  const { seed, lossRate, repeatRate, jitterMs } = told
  const chaos = new Chaos(seed, { lossRate, repeatRate, latencyMs: 1, jitterMs })
  const directory: Directory = new Map()
  const start = (id: string): ChaosNode => chaosNode(chaos, directory, id, { streams, ...options })
  const nodes = names.map(start)
  const gone: ChaosNode[] = []
  const at = (index: number): ChaosNode => nodes[index] as ChaosNode
  let number = 0
  for (const one of told.steps) {
    if (one.op === 'wait') await chaos.run(one.ms)
    else if (one.op === 'part') chaos.apart = [names[one.who] as string]
    else if (one.op === 'heal') chaos.apart = []
    else if (one.op === 'restart') {
      const former = at(one.who)
      gone.push(former)
      former.links.close()
      nodes[one.who] = start(former.id)
      // As the leases tell it; where nobody notices, the links must find out by themselves.
      if (one.noticed) for (const { links } of nodes) links.drop(former.id, former.incarnation)
    } else if (one.from !== one.to) {
      number += 1
      const { from, to, op } = one
      at(from)[op === 'send' ? 'send' : 'sendLoose'](at(to).id, number, one.size)
    }
  }
  chaos.apart = []
  chaos.faults = { lossRate: 0, repeatRate: 0, latencyMs: 1, jitterMs: 0 }
  await chaos.run(15_000)
  // Who has had nothing to say since learns with the next word that the other is another one now.
  for (const from of nodes) {
    for (const { id } of nodes) {
      if (id === from.id) continue
      number += 1
      from.send(id, number, 5)
    }
  }
  await chaos.run(15_000)
  assert.ok(chaos.quiet, 'with nothing to say, no time is needed')
  for (const { logs, links } of nodes) {
    for (const { link, sent, broken } of logs) if (!broken) assert.ok(link.idle || !sent.length)
    for (const { state } of links.peers()) assert.ok(state === 'synced' || state === 'active')
  }
  assertPaired(nodes, gone)
  return [...nodes, ...gone].flatMap(({ logs }) => logs)
}

/** Exactly once and in order between two incarnations, or the link is broken on both sides. */
function assertPaired(nodes: readonly ChaosNode[], gone: readonly ChaosNode[]): void {
  const logs = [...nodes, ...gone].flatMap((node) => node.logs)
  const alive = new Set(nodes.flatMap((node) => node.logs.filter(({ broken }) => !broken)))
  const sentBy = new Map<number, LinkLog>()
  for (const log of logs) for (const number of log.sent) sentBy.set(number, log)
  const heardBy = new Map<LinkLog, LinkLog>()
  for (const log of logs) {
    const { heard, looseHeard } = log
    assert.deepEqual(
      looseHeard,
      [...new Set(looseHeard)].sort((x, y) => x - y),
    )
    if (heard[0] === undefined) continue
    const sender = sentBy.get(heard[0]) as LinkLog
    assert.equal(heardBy.has(sender), false, 'one link never enters two')
    heardBy.set(sender, log)
    assert.deepEqual(heard, sender.sent.slice(0, heard.length), 'once, in order, without a hole')
    assert.equal(sender.there, log.here)
  }
  for (const log of alive) {
    if (log.sent.length === 0) continue
    const other = heardBy.get(log)
    assert.deepEqual(other?.heard, log.sent, 'all of it, where the link stands')
    assert.ok(other !== undefined && alive.has(other), 'and it stands on both sides')
  }
}

describe('links on a bus that loses, repeats, reorders and falls apart', () => {
  it('hand over once and in order, or break, and both sides know', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (told) => void (await live(told))),
      { numRuns: 1200 },
    )
  })

  it('do the same where every node proves who it is', async () => {
    const crypto = nodeCrypto()
    await fc.assert(
      fc.asyncProperty(history, async (told) => void (await live(told, { crypto }))),
      { numRuns: 100 },
    )
  })

  it('break nothing as long as the bus only loses, repeats and reorders', async () => {
    const calm = history.map((told) => ({
      ...told,
      steps: told.steps.filter(({ op }) => op !== 'restart' && op !== 'part'),
    }))
    await fc.assert(
      fc.asyncProperty(calm, async (told) => {
        for (const { broken } of await live(told)) assert.equal(broken, false)
      }),
      { numRuns: 300 },
    )
  })
})
