import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { settle } from '../cluster/test-kit/index.ts'
import { encode, list, u32 } from '../schema/index.ts'
import type { Behaviour, HostMessage } from './behaviour.ts'
import type { Block } from './block.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { defineGame, type GameDefinition, type GameSpec } from './game.ts'
import { joinMessage, memberOf, testRealm, watched } from './test-kit/test-host.ts'

const address = 'actor/diary/x'

/** Notes what it is told; every third call takes its time. */
const diary = defineActor(
  { state: { notes: list(u32, { max: 10_000 }) }, watch: 'anyone' },
  {
    calls: {
      note: call({ n: u32 }, { at: u32 }, async (self, { n }) => {
        if (n % 3 === 0) for (let turn = 0; turn < 10; turn += 1) await undefined
        self.state.notes.push(n)
        return { at: self.state.notes.length }
      }),
      read: call({}, { notes: list(u32, { max: 10_000 }) }, ({ state }) => ({
        notes: [...state.notes],
      })),
    },
  },
)
const game = defineGame({ actors: { diary } })

type Joined = Awaited<ReturnType<ReturnType<typeof testRealm>['join']>>

/** Senders number their notes; each must find its own in order, and every one of them once. */
function sender(base: number) {
  let sent = 0
  const outcomes: ReturnType<typeof watched>[] = []
  return {
    outcomes,
    send(from: Joined): void {
      sent += 1
      outcomes.push(watched(from.host.scope.actor(diary, 'x').note({ n: base + sent })))
    },
    assertOrder(notes: readonly number[]): void {
      const own = notes.filter((n) => n > base && n < base + 100_000)
      assert.deepEqual(
        own,
        Array.from({ length: sent }, (_, at) => base + at + 1),
      )
      for (const { error, done } of outcomes) assert.deepEqual([done, error], [true, undefined])
    },
  }
}

const step = fc.constantFrom(
  ...['send a', 'send a', 'send b', 'send b', 'settle', 'wait', 'sleep'],
  ...['move a', 'move b', 'once'],
)

describe('messages of one sender to one address', () => {
  it('stay in order while it sleeps, wakes and moves from node to node', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const { clock, join } = testRealm(game, { exclusive: false, limits: { idleMs: 1000 } })
        const nodes = { a: await join('a'), b: await join('b') }
        await clock.advance(500)
        const senders = { a: sender(100_000), b: sender(200_000) }
        const moves: Promise<unknown>[] = []
        for (const what of steps) {
          const [verb, name] = what.split(' ') as [string, 'a' | 'b']
          if (verb === 'send') senders[name].send(nodes[name])
          else if (verb === 'settle') await settle()
          else if (verb === 'once') await undefined
          else if (verb === 'wait') await clock.advance(15)
          else if (verb === 'sleep') await clock.advance(1500)
          else moves.push(nodes.a.host.move(address, name).catch(() => {}))
        }
        await clock.advance(5000)
        await Promise.all(moves)
        const read = watched(nodes.a.host.scope.actor(diary, 'x').read({}))
        await clock.advance(100)
        const { notes } = read.value as { notes: number[] }
        senders.a.assertOrder(notes)
        senders.b.assertOrder(notes)
        const { a, b } = nodes
        assert.equal(a.host.stats().activations + b.host.stats().activations, 1)
        for (const { host, node } of [a, b]) await host.stop().then(() => node.close())
      }),
      { numRuns: 60 },
    )
  })

  it('stay in order, commands too, where the address becomes active between them', async () => {
    const taken: number[] = []
    const { host } = await testRealm(roomGame((n) => taken.push(n))).join()
    const never = (error: unknown): void => assert.fail(String(error))
    host.post('room/test/x', command(1), never)
    const started = host.start('room/test/x')
    for (let turn = 0; turn < 20; turn += 1) {
      await undefined
      host.post('room/test/x', command(turn + 2), never)
    }
    await started
    await settle()
    assert.deepEqual(
      taken,
      taken.toSorted((x, y) => x - y),
    )
    assert.equal(taken.length, 21)
  })
})

describe('moving an actor', () => {
  async function two() {
    const realm = testRealm(game, { exclusive: false })
    const nodes = [await realm.join('a'), await realm.join('b')] as const
    await realm.clock.advance(500)
    const [a, b] = nodes
    await a.host.scope.actor(diary, 'x').note({ n: 1 })
    const owner = a.host.stats().activations === 1 ? a : b
    return { ...realm, owner, other: owner === a ? b : a }
  }

  it('answers what is under way once, and goes on where it was told to', async () => {
    const { clock, owner, other } = await two()
    const handles = [owner, other].map(({ host }) => host.scope.actor(diary, 'x'))
    const before = [3, 4, 5].flatMap((n) => handles.map((handle) => watched(handle.note({ n }))))
    const moving = watched(owner.host.move(address, other.node.id))
    const during = [6, 7].flatMap((n) => handles.map((handle) => watched(handle.note({ n }))))
    await clock.advance(50)
    assert.deepEqual([moving.done, moving.error], [true, undefined])
    for (const { error, done } of [...before, ...during]) {
      assert.deepEqual([done, error], [true, undefined])
    }
    assert.deepEqual([owner.host.stats().activations, other.host.stats().activations], [0, 1])
    const ats = [...before, ...during].map(({ value }) => (value as { at: number }).at)
    assert.equal(new Set(ats).size, 10, 'each took effect once')
  })

  it('can be asked of any node, and back', async () => {
    const { clock, owner, other, join } = await two()
    const third = await join('c')
    await clock.advance(1000)
    await settled(clock, third.host.move(address, third.node.id))
    assert.equal(third.host.stats().activations, 1)
    await settled(clock, other.host.move(address, owner.node.id))
    assert.equal(owner.host.stats().activations, 1)
    const read = await settled(clock, other.host.scope.actor(diary, 'x').read({}))
    assert.deepEqual(read.notes, [1])
  })

  it('takes its watchers along', async () => {
    const { clock, owner, other } = await two()
    await owner.host.send(address, joinMessage(memberOf('s1', 'ada', owner.node.id)))
    await settled(clock, owner.host.move(address, other.node.id))
    await settled(clock, owner.host.scope.actor(diary, 'x').note({ n: 2 }))
    assert.deepEqual(
      owner.deliveries.map(({ delivery }) => delivery.kind),
      ['full', 'begun', 'delta'],
    )
  })

  it('to a node that is gone leaves it where it is', async () => {
    const { owner } = await two()
    await assert.rejects(owner.host.move(address, 'nobody'))
    assert.equal(owner.host.stats().activations, 1)
  })

  it('to a node that does not take it lets it go on elsewhere', async () => {
    const { clock, owner, other } = await two()
    other.store.cut = true
    const moving = watched(owner.host.move(address, other.node.id))
    const noted = watched(owner.host.scope.actor(diary, 'x').note({ n: 2 }))
    await clock.advance(8000)
    assert.ok(moving.error instanceof Error)
    assert.deepEqual(noted.value, { at: 2 })
  })
})

/** The outcome of what takes up to a second. */
async function settled<T>(clock: { advance(ms: number): Promise<void> }, promise: Promise<T>) {
  const [value] = await Promise.all([promise, clock.advance(1000)])
  return value
}

function command(sequence: number): HostMessage {
  const input = encode(diary.inputs[1] as never, {})
  return { op: 'command', session: 's', command: 0, sequence, input }
}

function roomGame(take: (sequence: number) => void): GameDefinition<GameSpec> {
  const behave = (): Behaviour => ({
    start: () => Promise.resolve(),
    receive: (message) => {
      if (message.op === 'command') take(message.sequence)
      return undefined
    },
    freeze: () => new Uint8Array(),
    stop: () => {},
  })
  const block: Partial<Block> = {
    kind: 'room',
    describe: () => ({ kind: 'room', calls: [], commands: [], events: [] }),
    behave,
  }
  return { spec: { rooms: { test: block as never } } }
}
