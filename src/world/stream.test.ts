import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type TileStreamDescriptor, tileAt } from '../protocol/index.ts'
import { angle, list, record, serverOnly, text, u8, u16 } from '../schema/index.ts'
import { type AnyEntity, defineWorld, entity, type World } from './index.ts'
import { harness, seededRandom, Viewer } from './test-kit/harness.ts'

const Hero = entity({
  facing: angle(8),
  hp: u16,
  name: text({ max: 12 }),
  gear: list(record({ item: u8, cursed: serverOnly(text({ max: 20 })) }), { max: 4 }),
  secret: serverOnly(text({ max: 40 })),
})
const Rock = entity({})
const kinds = { Hero, Rock }
type Kinds = typeof kinds

function makeWorld(run: (world: World<Kinds>) => void) {
  return defineWorld(
    { size: { width: 100, height: 70 }, viewRadius: 20, entities: kinds, avatar: Hero },
    { join: (world) => world.spawn(Hero, { x: 0, y: 0 }), step: (world) => run(world as never) },
  )
}

type Spawned = AnyEntity<Kinds>

/** One random change of the world, of those that games make. */
function stir(world: World<Kinds>, all: Spawned[], random: ReturnType<typeof seededRandom>): void {
  const roll = random.float()
  const x = random.float() * 120 - 10
  const y = random.float() * 90 - 10
  const one = all[Math.floor(random.float() * all.length)]
  if (roll < 0.15 || one === undefined) {
    const kind = random.float() < 0.7 ? Hero : Rock
    all.push(world.spawn(kind as typeof Hero, { x, y }))
    return
  }
  if (roll < 0.25) {
    world.despawn(one)
    all.splice(all.indexOf(one), 1)
  } else if (roll < 0.32) {
    one.x = x
    one.y = y
  } else if (roll < 0.38) {
    // Across a border and back again within one tick.
    const { x: formerX } = one
    one.x = x
    world.near(x, y, 5)
    one.x = formerX
  } else if (roll < 0.8 || one.kind !== 'Hero') {
    one.x += (random.float() - 0.5) * 4
    one.y += (random.float() - 0.5) * 0.2
  } else {
    one.hp = random.u32() & 0xffff
    one.facing += random.float() - 0.5
    if (roll > 0.85) one.name = random.id().slice(0, random.u32() % 12)
    if (roll > 0.9) one.gear = [{ item: random.u32() & 255, cursed: 'topsecret' }]
    one.secret = `topsecret${random.u32()}`
  }
}

function bruteForce(all: Spawned[], viewer: Viewer, descriptor: TileStreamDescriptor) {
  const grid = { edge: descriptor.tileEdge, columns: 10, rows: 7 }
  const step = descriptor.precision as number
  const expected = new Map<number, unknown>()
  for (const one of all) {
    if (!viewer.has(tileAt(grid, one.x, one.y))) continue
    const seen = {
      id: one.id,
      kind: one.kind,
      x: Math.floor(one.x / step + 0.5) * step,
      y: Math.floor(one.y / step + 0.5) * step,
      fields: {},
    }
    if (one.kind === 'Hero') {
      const { hp, name } = one
      const facing = angle(8).check(one.facing)
      seen.fields = { facing, hp, name, gear: one.gear.map(({ item }) => ({ item })) }
    }
    expected.set(one.id, seen)
  }
  return expected
}

describe('the tile stream', () => {
  it('shows every subscriber exactly what is in its tiles, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), async (seed) => {
        const random = seededRandom(seed)
        const all: Spawned[] = []
        const block = makeWorld((world) => {
          for (let change = random.u32() % 30; change > 0; change -= 1) stir(world, all, random)
        })
        const descriptor = block.describe().world as TileStreamDescriptor
        const h = await harness(block)
        const viewers = [new Viewer(h, 'g1', descriptor), new Viewer(h, 'g2', descriptor)]
        for (let tick = 0; tick < 60; tick += 1) {
          for (const viewer of viewers) {
            const some = () => Array.from({ length: random.u32() % 8 }, () => random.u32() % 70)
            if (random.float() < 0.3) viewer.watch(some(), some())
          }
          h.tick()
          for (const viewer of viewers) {
            viewer.events.length = 0
            viewer.receive()
            const ids = (what: string) =>
              viewer.events.filter((e) => e.startsWith(what)).map((e) => e.split(' ')[1])
            const back = ids('removed').filter((id) => ids('added').includes(id))
            assert.deepEqual(back, [], 'nobody vanishes only to appear again')
            const seen = new Map([...viewer.entities].map(([id, one]) => [id, { ...one }]))
            const expected = bruteForce(all, viewer, descriptor)
            const byId = (entries: Map<number, unknown>) => [...entries].sort(([a], [b]) => a - b)
            assert.deepEqual(byId(seen), byId(expected))
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('never sends what is for the server only', async () => {
    const random = seededRandom(5)
    const all: Spawned[] = []
    const h = await harness(
      makeWorld((world) => {
        for (let change = 0; change < 60; change += 1) stir(world, all, random)
      }),
    )
    const every = Array.from({ length: 70 }, (_, tile) => tile)
    for (let tick = 0; tick < 40; tick += 1) {
      void h.world.receive({
        op: 'tiles',
        gate: 'g1',
        subscribe: every,
        unsubscribe: [],
        keyframes: every,
      })
      h.tick()
    }
    const batches = h.batches.get('g1') ?? []
    const sent = Buffer.concat(
      batches.flatMap(({ deltas, keyframes }) => [deltas.bytes, keyframes.bytes]),
    )
    assert.ok(sent.length > 10_000)
    assert.equal(sent.includes('topsecret'), false)
    assert.ok(all.some((one) => one.kind === 'Hero' && one.secret.startsWith('topsecret')))
  })

  it('keeps an entity that crosses a border, for those who see both sides', async () => {
    const block = makeWorld((world) => {
      for (const hero of world.all(Hero)) hero.x += 0.5
    })
    const descriptor = block.describe().world as TileStreamDescriptor
    const h = await harness(block)
    const both = new Viewer(h, 'g1', descriptor)
    const left = new Viewer(h, 'g2', descriptor)
    const right = new Viewer(h, 'g3', descriptor)
    both.watch([0, 1])
    left.watch([0])
    right.watch([1])
    await h.join('ada')
    for (let tick = 0; tick < 30; tick += 1) {
      h.tick()
      for (const viewer of [both, left, right]) viewer.receive()
      assert.equal(both.entities.size, 1, `tick ${tick}`)
    }
    assert.deepEqual(
      both.events.filter((event) => !event.startsWith('changed')),
      ['added 1'],
    )
    assert.deepEqual(
      left.events.filter((event) => !event.startsWith('changed')),
      ['added 1', 'removed 1 hidden'],
    )
    assert.equal(right.events[0], 'added 1')
    assert.equal(right.entities.size, 1)
  })

  it('tells a death from a departure', async () => {
    let kill = false
    const block = makeWorld((world) => {
      if (kill) for (const hero of world.all(Hero)) world.despawn(hero)
    })
    const h = await harness(block)
    const viewer = new Viewer(h, 'g1', block.describe().world as TileStreamDescriptor)
    viewer.watch([0])
    await h.join('ada')
    h.tick()
    kill = true
    h.tick()
    viewer.receive()
    assert.deepEqual(viewer.events, ['added 1', 'removed 1 gone'])
  })

  it('encodes each tile once, however many look at it', async () => {
    const encoded = async (gates: number): Promise<[number, number]> => {
      const block = makeWorld((world) => {
        for (const hero of world.all(Hero)) hero.x = (hero.x + 0.3) % 90
      })
      const h = await harness(block)
      for (let player = 0; player < 40; player += 1) await h.join(`p${player}`)
      const tiles = Array.from({ length: 70 }, (_, tile) => tile)
      for (let gate = 0; gate < gates; gate += 1) {
        void h.world.receive({
          op: 'tiles',
          gate: `g${gate}`,
          subscribe: tiles,
          unsubscribe: [],
          keyframes: tiles,
        })
      }
      for (let tick = 0; tick < 20; tick += 1) h.tick()
      const { deltasEncoded, keyframesEncoded } = h.world.stats()
      return [deltasEncoded, keyframesEncoded]
    }
    const one = await encoded(1)
    assert.ok(one[0] >= 20)
    assert.equal(one[1], 70)
    assert.deepEqual(await encoded(25), one)
    assert.deepEqual(await encoded(0), [0, 0])
  })

  it('shares no buffer between ticks', async () => {
    const block = makeWorld((world) => {
      for (const hero of world.all(Hero)) hero.y += 0.2
    })
    const h = await harness(block)
    await h.join('ada')
    void h.world.receive({
      op: 'tiles',
      gate: 'g1',
      subscribe: [0],
      unsubscribe: [],
      keyframes: [0],
    })
    h.tick()
    const first = h.batches.get('g1')?.[0]?.keyframes
    assert.deepEqual(first?.streams, Uint32Array.of(0))
    const copy = first.bytes.slice()
    for (let tick = 0; tick < 5; tick += 1) h.tick()
    assert.deepEqual(first.bytes, copy)
  })

  it('sends no keyframe that no deltas would follow', async () => {
    const h = await harness(makeWorld(() => {}))
    await h.join('ada')
    const ask = { op: 'tiles', gate: 'g1', subscribe: [], unsubscribe: [], keyframes: [] } as const
    void h.world.receive({ ...ask, keyframes: [0] })
    void h.world.receive({ ...ask, subscribe: [1], keyframes: [1] })
    void h.world.receive({ ...ask, unsubscribe: [1] })
    h.tick()
    assert.deepEqual(h.batches.get('g1')?.[0]?.keyframes.streams.length, 0)
  })

  it('does not send what encodes to the same', async () => {
    const block = makeWorld((world) => {
      for (const hero of world.all(Hero)) {
        hero.x += 1e-6
        hero.facing += 1e-6
        hero.hp = 7
        hero.secret = `${world.tick}`
      }
    })
    const h = await harness(block)
    await h.join('ada')
    h.tick()
    void h.world.receive({
      op: 'tiles',
      gate: 'g1',
      subscribe: [0],
      unsubscribe: [],
      keyframes: [],
    })
    for (let tick = 0; tick < 10; tick += 1) h.tick()
    assert.equal(h.world.stats().deltasEncoded, 0)
  })
})
