import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, defineActor, defineGame, u32 } from '../index.ts'
import { list } from '../schema/index.ts'
import { startNodes } from './cluster.ts'
import { type SimNode, type SimWorld, simWorld } from './index.ts'

const notesMax = 20_000

const diary = defineActor(
  { state: { notes: list(u32, { max: notesMax }) } },
  {
    calls: {
      note: call({ n: u32 }, { at: u32 }, (self, { n }) => {
        self.state.notes.push(n)
        return { at: self.state.notes.length }
      }),
      read: call({}, { notes: list(u32, { max: notesMax }) }, ({ state }) => {
        return { notes: [...state.notes] }
      }),
    },
  },
)
const game = defineGame({ actors: { diary } })

/** Notes numbers one after the other without waiting for the answers; and what became of each. */
function writer(world: SimWorld, { realm, process }: SimNode, base: number) {
  const random = world.random.fork(`writer ${base}`)
  const answers: number[] = []
  const failures: unknown[] = []
  let sent = 0
  let writing = true
  const next = (): void => {
    if (!writing) return
    process.clock.after(random.float() * 12, next)
    sent += 1
    realm.host.scope
      .actor(diary, 'x')
      .note({ n: base + sent })
      .then(
        ({ at }) => answers.push(at),
        (error) => failures.push(error),
      )
  }
  next()
  return {
    stop: () => {
      writing = false
    },
    assertAll(notes: readonly number[]): void {
      assert.deepEqual(failures, [])
      assert.equal(answers.length, sent)
      assert.ok(sent > 100)
      const own = notes.filter((n) => n > base && n <= base + 100_000)
      assert.deepEqual(
        own,
        Array.from({ length: sent }, (_, index) => base + index + 1),
      )
      for (const [index, n] of own.entries()) assert.equal(notes[(answers[index] ?? 0) - 1], n)
    },
  }
}

/** Two nodes write to one actor while it goes to and fro between them. */
async function history(seed: number, faults: SimWorld['faults'] | object = {}): Promise<void> {
  const world = simWorld(seed)
  const nodes = await startNodes(world, game, ['alpha', 'beta'])
  const writers = nodes.map((node, index) => writer(world, node, (index + 1) * 100_000))
  await world.run(100)
  Object.assign(world.faults, faults)
  let moves = 0
  for (let round = 0; round < 12; round += 1) {
    const [from, to] = [nodes[round % 2], nodes[world.random.u32() % 2]] as [SimNode, SimNode]
    await world.until(from.realm.host.move('actor/diary/x', to.realm.node.id))
    moves += to.realm.host.stats().activations
    await world.run(world.random.float() * 200)
  }
  for (const { stop } of writers) stop()
  await world.run(12_000)
  const [first] = nodes as [SimNode]
  const { notes } = await world.until(first.realm.host.scope.actor(diary, 'x').read({}))
  for (const { assertAll } of writers) assertAll(notes)
  assert.equal(moves, 12, 'each time it was where it was told to be')
  assert.deepEqual(world.errors, [])
  for (const { realm } of nodes) await world.until(realm.close())
}

test('an actor moves to and fro: every call is answered once, each sender’s in order', async () => {
  for (let seed = 1; seed <= 12; seed += 1) await history(seed)
})

test('the same on a bus that repeats, reorders and loses', async () => {
  const faults = { busDuplicateRate: 0.1, busLossRate: 0.02, busJitterMs: 15, storeJitterMs: 8 }
  for (let seed = 20; seed < 26; seed += 1) await history(seed, faults)
})
