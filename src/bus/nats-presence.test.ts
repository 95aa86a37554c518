import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ManualClock } from '../cluster/test-kit/manual-clock.ts'
import { silentLog } from '../ports/index.ts'
import { newCounters } from './counters.ts'
import { frameHead, frameKind } from './frame.ts'
import { natsLimitsDefault } from './nats-limits.ts'
import { Member } from './nats-member.ts'
import { subjectsBelow } from './nats-subjects.ts'
import { FakeBroker, type FakeLink } from './test-kit/fake-broker.ts'

const subjects = subjectsBelow('realm')
const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

interface Node {
  readonly member: Member
  readonly link: FakeLink
  readonly received: string[]
}

/** Nodes on a broker that does what the test chooses. */
function cluster() {
  const broker = new FakeBroker()
  const clock = new ManualClock()
  const start = (name: string, incarnation: string): Node => {
    const received: string[] = []
    const member = new Member({
      ...{ name, incarnation, subjects, clock, log: silentLog },
      ...{ counters: newCounters(), limits: natsLimitsDefault },
      receive: (from, bytes) => received.push(`${from} ${new TextDecoder().decode(bytes)}`),
    })
    const link = broker.connect(member.subjects, member.handlers)
    member.attach(link)
    return { member, link, received }
  }
  const settle = async (): Promise<void> => {
    for (let idle = 0; idle < 3; idle = broker.step(0) ? 0 : idle + 1) await turn()
  }
  return { broker, clock, start, settle }
}

type Act = 'join' | 'cut' | 'mend' | number

describe('a name on NATS', () => {
  it('belongs to one node in the end, whatever comes first', async () => {
    const act = fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom<Act[]>('join', 'cut', 'mend') },
      { weight: 4, arbitrary: fc.nat(30) },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { maxLength: 60, size: 'max' }),
        fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 1 }),
        async (acts, lives) => {
          const { broker, clock, start, settle } = cluster()
          const nodes: Node[] = []
          const join = (): void => {
            const life = lives[nodes.length]
            if (life === undefined) return
            const node = start('x', life)
            nodes.push(node)
            void node.member.presence.claim()
          }
          for (const what of acts) {
            const link = nodes[0]?.link
            if (what === 'join') join()
            else if (what === 'cut' && link?.connected === true) link.cut()
            else if (what === 'mend' && link?.connected === false) link.mend()
            else if (typeof what === 'number') broker.step(what)
            await Promise.resolve()
          }
          while (nodes.length < lives.length) join()
          if (nodes[0]?.link.connected === false) nodes[0].link.mend()
          for (let round = 0; round < 3; round += 1) {
            await settle()
            await clock.advance(natsLimitsDefault.answerTimeoutMs)
          }
          await settle()
          const holders = nodes.filter(({ member }) => member.presence.present)
          assert.equal(holders.length, 1)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('what a node knows of others on NATS', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

  it('is corrected when an announcement was lost', async () => {
    const { broker, clock, start, settle } = cluster()
    const a = start('a', 'a1')
    const former = start('b', 'b1')
    for (const node of [a, former]) {
      void node.member.presence.claim()
      await settle()
    }
    const [portA, portFormer] = [a.member.port(), former.member.port()]
    portA.send('b', bytes('one'))
    await settle()
    assert.deepEqual(former.received, ['a one'])

    broker.lossy = (subject) => subject.includes('.here.')
    former.link.cut()
    const b = start('b', 'b2')
    void b.member.presence.claim()
    await settle()
    b.member.port()
    await clock.advance(1000)
    portA.send('b', bytes('lost'))
    await settle()
    portA.send('b', bytes('two'))
    await settle()
    assert.deepEqual(b.received, ['a two'])
    await Promise.all([portA, portFormer].map((port) => Promise.race([port.close(), settle()])))
  })

  it('is not changed by the late answer of a life that was replaced', async () => {
    const { broker, start, settle } = cluster()
    const a = start('a', 'a1')
    const b = start('b', 'b2')
    for (const node of [a, b]) {
      void node.member.presence.claim()
      await settle()
    }
    const [portA] = [a.member.port(), b.member.port()]
    portA.send('b', bytes('one'))
    await settle()
    const stale = broker.connect([], { message: () => {}, up: () => {}, down: () => {} })
    const late = frameHead(frameKind.here, 'b1')
    stale.publish(subjects.inbox('node.a', 'a1', 'node.b'), late)
    stale.publish(subjects.inbox('node.b', 'b2', 'node.b'), late)
    await settle()
    portA.send('b', bytes('two'))
    await settle()
    assert.deepEqual(b.received, ['a one', 'a two'])
  })

  it('gives the name back when its taker is gone without a word', async () => {
    const { clock, start, settle } = cluster()
    const first = start('b', 'b1')
    void first.member.presence.claim()
    await settle()
    const second = start('b', 'b2')
    second.link.publish(subjects.here('node.b'), frameHead(frameKind.here, 'b2'))
    await settle()
    assert.deepEqual([first.member.presence.present, first.member.presence.replaced], [false, true])
    await clock.advance(3000)
    await settle()
    await clock.advance(1500)
    await settle()
    assert.ok(first.member.presence.replaced, 'somebody is there, but busy')
    second.link.cut()
    await clock.advance(2000)
    await settle()
    assert.ok(first.member.presence.present)
  })
})
