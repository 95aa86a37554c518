import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Part } from '../actor/index.ts'
import {
  angle,
  choice,
  f32,
  fixed,
  list,
  record,
  serverOnly,
  text,
  u8,
  u16,
} from '../schema/index.ts'
import { defineWorld, entity, type World } from './index.ts'
import { readSnapshot } from './snapshot.ts'
import { type Harness, harness, type Stored, seededRandom, settled } from './test-kit/harness.ts'

const Wolf = entity({
  hp: u16,
  facing: angle(8),
  speed: f32,
  height: fixed({ min: 0, max: 9, step: 0.5 }),
  mood: choice('calm', 'angry'),
  gear: list(record({ item: u8 }), { max: 4 }),
  name: text({ max: 24 }),
  purse: serverOnly(u16),
})
const Stone = entity({ weight: u8 })
const Arrow = entity({ speed: f32 }, { persist: false })
const kinds = { Wolf, Stone, Arrow }
type Test = World<typeof kinds>

function make(step: (world: Test) => void, tickHz = 20) {
  return defineWorld(
    { size: { width: 100, height: 100 }, viewRadius: 20, tickHz, entities: kinds, avatar: Wolf },
    { join: (world) => world.spawn(Wolf, { x: 1, y: 1 }), step: (world) => step(world as Test) },
  )
}

/** Everything that is to be kept, as it would be read from the store. */
function kept({ world }: Harness): string[] {
  const found: string[] = []
  for (const kind of world.population.kinds) {
    if (!kind.persist) continue
    for (const handle of kind.handles) {
      if (handle === undefined) continue
      const all = handle as unknown as Record<string, unknown>
      const fields = kind.columns.map(({ name }) => all[name])
      found.push(JSON.stringify([handle.id, kind.name, handle.x, handle.y, fields]))
    }
  }
  return found.sort()
}

/** A world in which everything moves, changes, comes and goes at random, by leaps too. */
function unrest(seed: number, leap: number): (world: Test) => void {
  const random = seededRandom(seed)
  const at = () => ({ x: random.float() * 100, y: random.float() * 100 })
  return (world) => {
    if (world.tick === 1) {
      for (let count = 0; count < 500; count += 1) world.spawn(Wolf, { ...at(), hp: count })
      for (let count = 0; count < 100; count += 1) world.spawn(Stone, at())
    }
    world.spawn(Arrow, at())
    world.spawn(Wolf, { ...at(), name: `born in ${world.tick}`, gear: [{ item: 3 }] })
    for (const wolf of world.all(Wolf)) {
      const luck = random.float()
      if (luck < 0.005) world.despawn(wolf)
      else if (luck < 0.1) wolf.hp = random.u32() & 0xffff
      else if (luck < 0.2) {
        wolf.mood = 'angry'
        wolf.purse = random.u32() & 0xff
        // Exact on the wire, so that what comes back can be compared.
        wolf.height = 0.5 * (random.u32() % 19)
        wolf.speed = random.u32() % 8
      } else if (luck < 0.2 + leap) Object.assign(wolf, at())
      else wolf.x = Math.max(0, wolf.x + random.float() * 4 - 2)
    }
  }
}

const copyOf = ({ blob, parts }: Stored): Stored => ({ blob, parts: new Map(parts) })

describe('a checkpoint that is spread over ticks', () => {
  it('shows one tick and each entity once, whenever the world crashes', async () => {
    const plan = fc.record({
      seed: fc.integer({ min: 1, max: 1e9 }),
      leap: fc.constantFrom(0, 0.05, 0.5),
      stall: fc.integer({ min: 0, max: 400 }),
      failures: fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(plan, async ({ seed, leap, stall, failures }) => {
        const h = await harness(make(unrest(seed, leap)))
        const states = new Map<number, string[]>()
        const crashes: Stored[] = []
        let commits = 0
        Object.assign(h.context, {
          commit: async (blob: Uint8Array, parts: readonly Part[]) => {
            const fails = failures.includes(commits)
            commits += 1
            // Half of those that fail took effect all the same.
            if (!fails || commits % 2 === 0) {
              h.stored.blob = blob
              for (const { name, bytes } of parts) {
                if (bytes === undefined) h.stored.parts.delete(name)
                else h.stored.parts.set(name, bytes)
              }
              crashes.push(copyOf(h.stored))
            }
            await Promise.resolve()
            if (fails) throw new Error('disk')
          },
        })
        for (let tick = 1; tick <= 90; tick += 1) {
          if (tick === 40) h.clock.stall(stall)
          h.tick()
          states.set(h.world.tick, kept(h))
          await settled()
        }
        assert.ok(commits >= 4)
        for (const stored of crashes) {
          const back = await harness(
            make(() => {}),
            { stored, epoch: 2 },
          )
          assert.deepEqual(kept(back), states.get(back.world.tick))
          back.world.stop()
        }
        h.world.stop()
      }),
      { numRuns: 12 },
    )
  })

  for (const tickHz of [2, 5, 10, 20, 64]) {
    it(`is at most a second old when the next is there, at ${tickHz} Hz`, async () => {
      const h = await harness(make(unrest(3, 0.1), tickHz))
      let oldest = 0
      const { commit } = h.context
      let shown = 0
      Object.assign(h.context, {
        commit: async (blob: Uint8Array, parts: readonly Part[]) => {
          await commit(blob, parts)
          oldest = Math.max(oldest, h.world.tick - shown)
          shown = readSnapshot(blob).tick
          const ticks = h.world.tick - shown
          assert.equal(ticks > 0, tickHz > 4, 'it is written over several ticks')
        },
      })
      for (let tick = 0; tick < 10 * tickHz; tick += 1) {
        h.tick()
        await settled()
      }
      assert.ok(oldest / tickHz <= 1, `${oldest} ticks`)
      assert.ok(h.world.stats().checkpoints >= 9)
      h.world.stop()
    })
  }

  it('does not matter to a world that is frozen meanwhile', async () => {
    const h = await harness(make(unrest(5, 0.1)))
    for (let tick = 0; tick < 16; tick += 1) h.tick()
    assert.equal(h.world.stats().checkpoints, 0)
    const before = kept(h)
    const stored = { blob: h.world.freeze(), parts: new Map<string, Uint8Array>() }
    h.world.stop()
    const back = await harness(
      make(() => {}),
      { stored },
    )
    assert.deepEqual(kept(back), before)
    for (let tick = 0; tick < 40; tick += 1) {
      back.tick()
      await settled()
    }
    const again = await harness(
      make(() => {}),
      { stored: copyOf(back.stored), epoch: 2 },
    )
    assert.deepEqual(kept(again), before)
  })
})
