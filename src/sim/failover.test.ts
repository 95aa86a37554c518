import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, defineActor, defineGame, defineWorld, entity, u32 } from '../index.ts'
import { type SimNode, startNode } from './cluster.ts'
import { type SeededRandom, type SimWorld, simWorld } from './index.ts'

const purse = defineActor(
  { state: { gold: u32 } },
  {
    calls: {
      earn: call({}, { gold: u32 }, (self) => {
        self.state.gold += 1
        return { gold: self.state.gold }
      }),
      look: call({}, { gold: u32 }, (self) => ({ gold: self.state.gold })),
    },
  },
)
const Walker = entity({ steps: u32 })
const field = defineWorld(
  {
    size: { width: 200, height: 200 },
    viewRadius: 40,
    tickHz: 5,
    entities: { Walker },
    avatar: Walker,
  },
  { join: (world) => world.spawn(Walker, { x: 100, y: 100, steps: 0 }) },
)
const game = defineGame({ actors: { purse }, worlds: { field } })

const names = ['alpha', 'beta', 'gamma']
const keys = ['ada', 'bob', 'cyd', 'dan']

/** A cluster whose nodes are killed, paused and cut off, and are there again after a while. */
class Cluster {
  readonly world: SimWorld
  readonly nodes = new Map<string, SimNode>()
  readonly #random: SeededRandom

  constructor(world: SimWorld) {
    this.world = world
    this.#random = world.random.fork('trouble')
  }

  /** Starts a node, and again where the store failed it. */
  async start(name: string): Promise<void> {
    for (;;) {
      const started = await startNode(this.world, game, name).catch(() => undefined)
      if (started === undefined) {
        await new Promise<void>((resolve) => this.world.clock.after(500, resolve))
        continue
      }
      this.nodes.set(name, started)
      return
    }
  }

  /** One misfortune, over after at most six seconds. */
  trouble(): void {
    const name = names[Math.floor(this.#random.float() * names.length)] as string
    const node = this.nodes.get(name)
    if (node === undefined) return
    const afterMs = 500 + this.#random.float() * 5500
    const later = (run: () => void): void => void this.world.clock.after(afterMs, run)
    const kind = this.#random.float()
    if (kind < 0.4) {
      this.nodes.delete(name)
      node.process.kill()
      later(() => void this.start(name))
    } else if (kind < 0.7) {
      node.process.pause()
      later(() => node.process.resume())
    } else {
      this.world.cut(
        [name],
        names.filter((other) => other !== name),
      )
      later(() => this.world.heal())
    }
  }
}

/** What was asked for and what was answered, by key. */
interface Account {
  asked: number
  readonly answers: number[]
}

async function history(seed: number): Promise<void> {
  const world = simWorld(seed, {
    faults: {
      ...{ busLossRate: 0.02, busDuplicateRate: 0.02, busJitterMs: 5 },
      ...{ storeLossRate: 0.01, storeLostReplyRate: 0.01 },
    },
  })
  const cluster = new Cluster(world)
  for (const name of names) await world.until(cluster.start(name))
  const random = world.random.fork('callers')
  const accounts = new Map(keys.map((key): [string, Account] => [key, { asked: 0, answers: [] }]))
  const earn = (node: SimNode, key: string): void => {
    const account = accounts.get(key) as Account
    account.asked += 1
    node.realm.host.scope
      .actor(purse, key)
      .earn({})
      .then(
        ({ gold }) => account.answers.push(gold),
        () => {},
      )
  }
  for (let round = 0; round < 300; round += 1) {
    const living = [...cluster.nodes.values()]
    const node = living[Math.floor(random.float() * living.length)]
    if (node !== undefined) earn(node, keys[round % keys.length] as string)
    if (round % 40 === 20) cluster.trouble()
    await world.run(100)
  }
  Object.assign(world.faults, { busLossRate: 0, storeLossRate: 0, storeLostReplyRate: 0 })
  await world.run(30_000)

  assert.equal(cluster.nodes.size, names.length, 'all are back')
  for (const [key, { asked, answers }] of accounts) {
    for (const { realm } of cluster.nodes.values()) {
      const { gold } = await world.until(realm.host.scope.actor(purse, key).look({}))
      assert.ok(gold >= answers.length && gold <= asked, `${answers.length} ≤ ${gold} ≤ ${asked}`)
    }
    assert.equal(new Set(answers).size, answers.length, 'no gold was earned twice')
    assert.ok(answers.length > asked / 2, `${answers.length} of ${asked} were answered`)
  }
  const active = [...cluster.nodes.values()].map(({ realm }) => realm.host.stats().activations)
  const all = active.reduce((sum, count) => sum + count, 0)
  assert.equal(all, keys.length + 1, 'each active once, and so is the world')
  assert.deepEqual(world.errors, [])
}

test('whatever befalls nodes, what was acknowledged is kept and nothing done twice', async () => {
  for (let seed = 1; seed <= 6; seed += 1) await history(seed)
})
