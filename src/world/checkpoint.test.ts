import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { command } from '../actor/index.ts'
import { Joined, type TileStreamDescriptor } from '../protocol/index.ts'
import { angle, decode, f32, list, record, serverOnly, text, u8, u16 } from '../schema/index.ts'
import { type AnyEntity, defineWorld, entity, type World } from './index.ts'
import { harness, type Stored, settled, Viewer } from './test-kit/harness.ts'

const Hero = entity({
  name: text({ max: 24 }),
  facing: angle(8),
  gear: list(record({ item: u8 }), { max: 4 }),
  purse: serverOnly(u16),
})
const Wolf = entity({ hp: u16 })
const Arrow = entity({ speed: f32 }, { persist: false })
const kinds = { Hero, Wolf, Arrow }
type Test = World<typeof kinds>

interface Run {
  calls: string[]
  step: (world: Test) => void
}

function make(run: Run, more: { persist?: boolean; tileEdge?: number } = {}) {
  return defineWorld(
    {
      size: { width: 200, height: 200 },
      viewRadius: 20,
      entities: kinds,
      avatar: Hero,
      reconnectMs: 5000,
      ...more,
    },
    {
      create: () => void run.calls.push('create'),
      restore: () => void run.calls.push('restore'),
      join: (world, player) => {
        run.calls.push(`join ${player.id}`)
        return world.spawn(Hero, { x: 10, y: 10, name: player.name, purse: 77 })
      },
      leave: (world, me) => {
        run.calls.push(`leave ${me.name}`)
        world.despawn(me)
      },
      step: (world) => run.step(world as Test),
      commands: {
        walk: command({ dx: f32 }, (_world, me, { dx }) => {
          me.x += dx
        }),
      },
    },
  )
}

const newRun = (): Run => ({ calls: [], step: () => {} })
const newStored = (): Stored => ({ blob: undefined, parts: new Map() })

function all(world: { population: { kinds: readonly { handles: readonly unknown[] }[] } }) {
  const found = world.population.kinds.flatMap(({ handles }) => handles.filter(Boolean))
  return (JSON.parse(JSON.stringify(found)) as AnyEntity<typeof kinds>[]).sort(
    (a, b) => a.id - b.id,
  )
}

async function second(h: Awaited<ReturnType<typeof harness>>): Promise<void> {
  for (let tick = 0; tick < 20; tick += 1) {
    h.tick()
    await settled()
  }
}

describe('checkpoints', () => {
  it('bring a world back as it was a second ago, without what is not to last', async () => {
    const run = newRun()
    const h = await harness(make(run))
    await h.join('ada')
    run.step = (world) => {
      run.step = () => {}
      const wolf = world.spawn(Wolf, { x: 33.3, y: 44.4, hp: 9 })
      world.spawn(Arrow, { x: 5, y: 5 })
      for (const hero of world.all(Hero)) {
        hero.gear = [{ item: 3 }]
        hero.facing = 1
      }
      wolf.hp -= 1
    }
    await second(h)
    const before = all(h.world).filter(({ kind }) => kind !== 'Arrow')
    assert.deepEqual([...h.stored.parts.keys()].sort(), ['t21', 't83'].sort())
    // What happens now is lost.
    h.send(0, { dx: 5 })
    const later = newRun()
    const back = await harness(make(later), { stored: h.stored, epoch: 2 })
    assert.deepEqual(later.calls, ['restore'])
    const now = all(back.world)
    assert.deepEqual(
      now.map((one) => ({ ...one, facing: 0 })),
      before.map((one) => ({ ...one, facing: 0 })),
    )
    assert.equal((now[0] as { purse?: number }).purse, 77)
    assert.ok(back.world.tick >= 18)
    assert.deepEqual(run.calls, ['create', 'join ada'])
  })

  it('give a returning player its avatar, and let go of who does not return', async () => {
    const h = await harness(make(newRun()))
    const { me } = decode(Joined, await h.join('ada'))
    await h.join('bob')
    await second(h)
    const run = newRun()
    const back = await harness(make(run), { stored: h.stored, epoch: 2, clock: h.clock })
    assert.equal(back.world.stats().players, 2)
    assert.equal(decode(Joined, await back.join('ada', 's-new', 'g2')).me, me)
    back.send(0, { dx: 1 }, 's-new')
    h.world.stop()
    back.clock.advance(6000)
    assert.deepEqual(run.calls, ['restore', 'leave BOB'])
    assert.equal(back.world.stats().players, 1)
  })

  it('write only what changed, and delete what is empty', async () => {
    const run = newRun()
    const h = await harness(make(run))
    run.step = (world) => {
      if (world.tick === 1) {
        for (let x = 5; x < 200; x += 10) world.spawn(Wolf, { x, y: 5 })
      }
    }
    await second(h)
    assert.equal(h.stored.parts.size, 20)
    const old = new Map(h.stored.parts)
    run.step = (world) => {
      run.step = () => {}
      const [first, other] = [...world.all(Wolf)]
      assert.ok(first && other)
      first.x = 15
      world.despawn(other)
    }
    await second(h)
    const changed = [...old].filter(([name, bytes]) => h.stored.parts.get(name) !== bytes)
    assert.deepEqual(changed.map(([name]) => name).sort(), ['t0', 't1'])
    assert.equal(h.stored.parts.has('t0'), false)
    const { checkpoints } = h.world.stats()
    await second(h)
    await second(h)
    assert.equal(h.world.stats().checkpoints, checkpoints, 'nothing happened, nothing is written')
  })

  it('are written again where the store failed', async () => {
    const run = newRun()
    const h = await harness(make(run))
    run.step = (world) => {
      if (world.tick === 1) world.spawn(Wolf, { x: 5, y: 5 })
    }
    h.commitError = new Error('disk')
    await second(h)
    await second(h)
    assert.ok(h.world.stats().checkpointFailures >= 1)
    assert.equal(h.stored.parts.size, 0)
    h.commitError = undefined
    await second(h)
    assert.equal(h.stored.parts.size, 1)
  })

  it('of a world with very many tiles keep them in few pieces', async () => {
    const run = newRun()
    const h = await harness(make(run, { tileEdge: 1 }))
    run.step = (world) => {
      if (world.tick > 1) return
      for (let x = 0; x < 200; x += 1) {
        for (let y = 0; y < 200; y += 5) world.spawn(Wolf, { x, y })
      }
    }
    await second(h)
    assert.equal(h.world.population.tiles.count, 40_000)
    assert.equal(h.stored.parts.size, 29 * 28)
    const back = await harness(make(newRun(), { tileEdge: 1 }), { stored: h.stored, epoch: 2 })
    assert.equal(back.world.stats().entities, 200 * 40)
  })

  it('never give an id away twice', async () => {
    const run = newRun()
    const h = await harness(make(run))
    run.step = (world) => void world.spawn(Wolf, { x: 5, y: 5 })
    await second(h)
    const stored = { blob: h.stored.blob, parts: new Map(h.stored.parts) }
    await second(h)
    const lost = all(h.world).map(({ id }) => id)
    const back = await harness(make(newRun()), { stored, epoch: 2 })
    const { me } = decode(Joined, await back.join('ada'))
    assert.equal(lost.includes(me), false)
    assert.ok(me > Math.max(...lost))
  })
})

describe('a frozen world', () => {
  it('goes on in place: everything stays, and everybody', async () => {
    const run = newRun()
    const h = await harness(make(run))
    await h.join('ada')
    const viewer = new Viewer(h, 'g1', make(run).describe().world as TileStreamDescriptor)
    viewer.watch([21, 22])
    run.step = (world) => {
      if (world.tick === 1) world.spawn(Arrow, { x: 12.345, y: 15, speed: 3 })
    }
    h.tick()
    viewer.receive()
    const before = all(h.world)
    const frozen = h.world.freeze()
    h.world.stop()

    const later = newRun()
    const next = await harness(make(later), {
      stored: { blob: frozen, parts: new Map() },
      clock: h.clock,
    })
    assert.deepEqual(all(next.world), before)
    for (const [gate, batches] of h.batches) next.batches.set(gate, batches)
    next.send(0, { dx: 2 })
    next.clock.advance(10_000)
    viewer.receive()
    assert.equal(next.world.stats().players, 1, 'sessions were never lost')
    assert.deepEqual(later.calls, ['restore'])
    assert.deepEqual([...viewer.entities.keys()], [1, 2])
    assert.equal(viewer.entities.get(1)?.x, 12)
  })

  it('goes on elsewhere, where players must make themselves heard', async () => {
    const h = await harness(make(newRun()))
    await h.join('ada')
    await h.join('bob')
    h.tick()
    const stored = { blob: h.world.freeze(), parts: new Map() }
    const run = newRun()
    const next = await harness(make(run), { stored, epoch: 2 })
    next.send(0, { dx: 1 }, 's-ada')
    next.clock.advance(6000)
    assert.deepEqual(run.calls, ['restore', 'leave BOB'])
  })

  it('takes the parts it had in the store along, even into other tiles', async () => {
    const run = newRun()
    const h = await harness(make(run))
    run.step = (world) => {
      if (world.tick === 1) world.spawn(Wolf, { x: 195, y: 195, hp: 4 })
    }
    await second(h)
    assert.deepEqual([...h.stored.parts.keys()], ['t399'])
    h.stored.blob = h.world.freeze()
    const next = await harness(make(newRun(), { tileEdge: 50 }), { stored: h.stored })
    await second(next)
    assert.deepEqual([...h.stored.parts.keys()], ['t15'])
    const crashed = await harness(make(newRun(), { tileEdge: 40 }), { stored: h.stored })
    assert.deepEqual(
      all(crashed.world).map(({ kind, x }) => [kind, x]),
      [['Wolf', 195]],
    )
  })

  it('fits its entities into changed kinds by name', async () => {
    const run = newRun()
    const h = await harness(make(run))
    run.step = (world) => {
      if (world.tick > 1) return
      world.spawn(Hero, { x: 1, y: 2, name: 'Ada', purse: 5 })
      world.spawn(Wolf, { x: 3, y: 4, hp: 6 })
      world.spawn(Arrow, { x: 5, y: 6 })
    }
    h.tick()
    for (const frozen of [true, false]) {
      if (!frozen) await second(h)
      const stored = frozen ? { blob: h.world.freeze(), parts: new Map() } : h.stored
      const Wolf2 = entity({ mood: u8, hp: f32 })
      const Hero2 = entity({ purse: u16, name: text({ max: 50 }) })
      const changed = defineWorld(
        {
          size: { width: 200, height: 3 },
          viewRadius: 20,
          entities: { Wolf: Wolf2, Hero: Hero2 },
          avatar: Hero2,
        },
        { join: (world) => world.spawn(Hero2, { x: 0, y: 0 }) },
      )
      const next = await harness(changed, { stored })
      assert.deepEqual(all(next.world), [
        { id: 1, kind: 'Hero', x: 1, y: 2, purse: 5, name: 'Ada' },
        { id: 2, kind: 'Wolf', x: 3, y: 3, mood: 0, hp: 6 },
      ] as never)
    }
  })

  it('of a world that is not kept survives a move but not a crash', async () => {
    const h = await harness(make(newRun(), { persist: false }))
    await h.join('ada')
    await second(h)
    assert.equal(h.stored.blob, undefined)
    h.stored.blob = h.world.freeze()
    const moved = newRun()
    await harness(make(moved, { persist: false }), { stored: h.stored, epoch: 2 })
    assert.deepEqual(moved.calls, ['restore'])
    const crashed = newRun()
    await harness(make(crashed, { persist: false }), { stored: h.stored, epoch: 3 })
    assert.deepEqual(crashed.calls, ['create'])
  })

  it('refuses bytes that are not a world', async () => {
    const blob = (await harness(make(newRun()))).world.freeze()
    for (const bytes of [Uint8Array.of(9, 9), blob.slice(0, 20), new Uint8Array(0)]) {
      const stored = { ...newStored(), blob: bytes }
      await assert.rejects(harness(make(newRun()), { stored }), { name: 'RealmError' })
    }
  })

  it('knows in place where those look who have no avatar any more', async () => {
    const run = newRun()
    const h = await harness(make(run))
    await h.join('ada')
    h.tick()
    run.step = (world) => {
      for (const hero of world.all(Hero)) world.despawn(hero)
    }
    h.tick()
    run.step = () => {}
    const stored: Stored = { blob: h.world.freeze(), parts: new Map() }
    const next = await harness(make(run), { stored })
    next.tick()
    const [view] = next.batches.get('g1')?.[0]?.views ?? []
    assert.deepEqual([view?.x, view?.y, view?.me], [10, 10, 0])
    assert.equal(view?.audiences?.length, 1)
  })
})
