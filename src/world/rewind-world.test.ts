import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { command } from '../actor/index.ts'
import { encode, u32 } from '../schema/index.ts'
import { defineWorld, type Entity, entity, type Past, type World } from './index.ts'
import { type Harness, harness, type Stored } from './test-kit/harness.ts'

const Hero = entity({})
const Wolf = entity({})
const kinds = { Hero, Wolf }
type Test = World<typeof kinds, Entity<typeof Hero, 'Hero'>>

/** What handlers learn: the past as of a shot, or as of a step. */
interface Notes {
  world: Test | undefined
  readonly shots: { past: Past<typeof kinds>; wolfX: number | undefined; found: string[] }[]
}

/** A wolf goes one metre a tick; whoever shoots notes what the past was. */
function range(rewindMs: number | undefined, notes: Notes) {
  return defineWorld(
    {
      size: { width: 200, height: 200 },
      viewRadius: 50,
      precision: 1 / 64,
      ...(rewindMs !== undefined && { rewindMs }),
      entities: kinds,
      avatar: Hero,
    },
    {
      create: (world) => {
        world.spawn(Wolf, { x: 0, y: 20 })
      },
      join: (world) => world.spawn(Hero, { x: 100, y: 100 }),
      step: (world) => {
        notes.world = world as Test
        for (const wolf of world.all(Wolf)) wolf.x += 1
      },
      commands: {
        shoot: command({ at: u32 }, (world, me) => {
          const past = world.seenBy(me)
          const [wolf] = world.all(Wolf)
          const spot = wolf && past.position(wolf)
          const found = spot ? past.near(spot.x, spot.y, 0.1, Wolf).map(({ kind }) => kind) : []
          notes.shots.push({ past, wolfX: spot?.x, found })
        }),
      },
    },
  )
}

function shoot({ world }: Harness, seen: number, session = 's-ada'): void {
  const inputs = encode(range(0, fresh()).inputs[0] as never, { at: 0 } as never)
  const one = { gate: 'g1', sessions: [session], commands: [0], sequences: [0] }
  const batch = { ...one, seen: [seen], inputs, ends: [inputs.length] }
  void world.receive({ op: 'commands', batch })
}

const fresh = (): Notes => ({ world: undefined, shots: [] })

async function started(rewindMs: number | undefined, stored?: Stored) {
  const notes = fresh()
  const h = await harness(range(rewindMs, notes), stored ? { stored, epoch: 2 } : {})
  await h.join('ada')
  return { h, notes }
}

describe('the world as a player saw it', () => {
  it('is that of the moment the command came with, between two ticks too', async () => {
    const { h, notes } = await started(500)
    for (let tick = 0; tick < 20; tick += 1) h.tick()
    shoot(h, 15 * 16)
    shoot(h, 12.5 * 16)
    assert.deepEqual(
      notes.shots.map(({ past, wolfX, found }) => [past.tick, wolfX, found]),
      [
        [15, 15, ['Wolf']],
        [12.5, 12.5, ['Wolf']],
      ],
    )
  })

  it('is bounded by what is kept, and by the present', async () => {
    const { h, notes } = await started(500)
    for (let tick = 0; tick < 40; tick += 1) h.tick()
    for (const seen of [0, 1, 16 * 29, 16 * 40, 16 * 41, Number.MAX_SAFE_INTEGER]) shoot(h, seen)
    assert.deepEqual(
      notes.shots.map(({ past, wolfX }) => [past.tick, wolfX]),
      [
        [40, 40],
        [30, 30],
        [30, 30],
        [40, 40],
        [40, 40],
        [40, 40],
      ],
    )
  })

  it('moves on with the ticks, and is the present for all that is no player', async () => {
    const { h, notes } = await started(500)
    for (let tick = 0; tick < 20; tick += 1) h.tick()
    shoot(h, 16 * 16)
    h.tick()
    const { world } = notes
    const [me] = world?.players() ?? []
    const [wolf] = world?.all(Wolf) ?? []
    assert.ok(world && me && wolf)
    assert.equal(world.seenBy(me).tick, 17)
    assert.equal(world.seenBy({ id: 'ada', name: 'ADA' }).tick, 17)
    assert.equal(world.seenBy(wolf).tick, 21)
    assert.equal(world.seenBy({ id: 'nobody', name: '' }).tick, 21)
  })

  it('is the present in a world that keeps nothing', async () => {
    const { h, notes } = await started(undefined)
    for (let tick = 0; tick < 20; tick += 1) h.tick()
    shoot(h, 15 * 16)
    const [shot] = notes.shots
    assert.deepEqual([shot?.past.tick, shot?.wolfX, shot?.found], [20, 20, ['Wolf']])
    assert.equal(range(undefined, fresh()).describe().world?.rewindMs, undefined)
    assert.equal(range(500, fresh()).describe().world?.rewindMs, 500)
  })

  it('begins anew with a world that comes back', async () => {
    const { h } = await started(500)
    for (let tick = 0; tick < 40; tick += 1) h.tick()
    h.stored.blob = h.world.freeze()
    const { h: again, notes } = await started(500, h.stored)
    shoot(again, 35 * 16)
    again.tick()
    shoot(again, 35 * 16)
    again.tick()
    shoot(again, 35 * 16)
    assert.deepEqual(
      notes.shots.map(({ past, wolfX }) => [past.tick, wolfX]),
      [
        [40, 40],
        [41, 41],
        [41, 41],
      ],
    )
  })

  it('is kept for a second at most', () => {
    for (const odd of [-1, 1001, Number.NaN, Infinity]) {
      assert.throws(() => range(odd, fresh()), { code: 'GAME_INVALID' })
    }
    assert.doesNotThrow(() => range(1000, fresh()))
  })
})
