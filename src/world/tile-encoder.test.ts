import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { StreamParts } from '../actor/index.ts'
import {
  TileStream,
  type TileStreamDescriptor,
  tileLayout,
  tilePartBytes,
} from '../protocol/index.ts'
import { angle, publicDescriptor, Reader, record, text, u16 } from '../schema/index.ts'
import { type EntityKind, entity } from './entity.ts'
import type { Handle } from './handles.ts'
import { Population } from './population.ts'
import { bodiesOf, seededRandom } from './test-kit/harness.ts'
import { TileEncoder } from './tile-encoder.ts'

const Hero = entity({
  facing: angle(8),
  hp: u16,
  aim: angle(11),
  name: text({ max: 12 }),
})
const Rock = entity({})
type Moving = Handle & {
  x: number
  y: number
  facing: number
  aim: number
  hp: number
  name: string
}

/** A population of 64 × 64 in steps of 1/16, whose deltas a stream follows. */
function follow(tileEdge: number) {
  const kinds: Record<string, EntityKind> = { Hero, Rock }
  const size = { width: 64, height: 64 }
  const descriptor: TileStreamDescriptor = {
    ...{ ...size, tileEdge, viewRadius: 64, tickHz: 20, precision: 1 / 16 },
    entities: Object.entries(kinds).map(([name, { fields }]) => ({
      name,
      fields: publicDescriptor(record(fields).describe()),
    })),
  }
  const layout = tileLayout(descriptor)
  const population = new Population({ kinds, layout, ...size, entitiesMax: 10_000 })
  const encoder = new TileEncoder(population)
  const changed: number[] = []
  const stream = new TileStream(descriptor, {
    added: () => {},
    changed: ({ id }) => void changed.push(id),
    removed: () => {},
  })
  const wanted = new Int32Array(layout.grid.columns * layout.grid.rows).fill(1)
  stream.apply(new Reader(joined(encoder.keyframes(wanted.keys()), 1)))
  return {
    population,
    stream,
    changed,
    spawn: (kind: EntityKind, init: object) =>
      population.spawn(population.tableOf(kind), { ...init }) as Moving,
    /** Ends a tick and returns its bytes. */
    tick: (): Buffer => {
      population.collect()
      const bytes = joined(encoder.deltas(wanted), 0)
      changed.length = 0
      stream.apply(new Reader(bytes))
      population.endTick()
      return bytes
    },
  }
}

function joined(parts: StreamParts, kind: 0 | 1): Buffer {
  return Buffer.concat(bodiesOf(parts).map(([stream, body]) => tilePartBytes(stream, kind, body)))
}

function inSteps(value: number): number {
  return Math.floor(value * 16 + 0.5) / 16
}

describe('TileEncoder', () => {
  it('brings every change of crowded tiles to whoever follows, none of them twice', () => {
    const seeds = fc.integer({ min: 1, max: 1e9 })
    const property = fc.property(seeds, fc.integer({ min: 1, max: 300 }), (seed, count) => {
      const random = seededRandom(seed)
      const within = (reach: number) => (random.float() - 0.5) * 2 * reach
      const { spawn, tick, stream, changed, population } = follow(32)
      const all: Moving[] = []
      for (let each = 0; each < count; each += 1) {
        const at = { x: random.float() * 64, y: random.float() * 64 }
        all.push(spawn(random.float() < 0.9 ? Hero : Rock, at))
      }
      tick()
      for (let round = 0; round < 12; round += 1) {
        const share = random.float()
        for (const one of all) {
          if (random.float() > share) continue
          const reach = [0, 0.2, 0.5, 2, 10, 64][random.u32() % 6] as number
          one.x += within(reach)
          one.y += within(reach)
          if (one.facing === undefined) continue
          const turn = [0.05, 0.3, 3][random.u32() % 3] as number
          if (random.float() < 0.7) one.facing += within(turn)
          if (random.float() < 0.4) one.aim += within(turn)
          if (random.float() < 0.2) one.hp = random.u32() & 0xffff
          if (random.float() < 0.1) one.name = random.id().slice(0, random.u32() % 12)
        }
        const gone = all.splice(0, random.u32() % 3)
        for (const one of gone) population.despawn(one)
        tick()
        assert.equal(new Set(changed).size, changed.length)
        assert.equal(stream.entities.size, all.length)
        for (const one of all) {
          const seen = stream.entities.get(one.id)
          assert.deepEqual([seen?.x, seen?.y], [inSteps(one.x), inSteps(one.y)])
          if (one.facing === undefined) continue
          const { facing, aim, hp, name } = seen?.fields ?? {}
          const angles = [angle(8).check(one.facing), angle(11).check(one.aim)]
          assert.deepEqual([facing, aim, hp, name], [...angles, one.hp, one.name])
        }
      }
    })
    fc.assert(property, { numRuns: 80 })
  })

  it('takes at most two and a half bytes for who walks and turns in company', () => {
    const { spawn, tick } = follow(32)
    const all = Array.from({ length: 80 }, (_, index) =>
      spawn(Hero, { x: 8 + (index % 2) * 32, y: 8 + (index % 4) * 14, facing: index }),
    )
    tick()
    let bytes = 0
    for (let round = 0; round < 10; round += 1) {
      for (const one of all) {
        one.facing += 0.1
        one.x += Math.cos(one.facing) * 0.8
        one.y += Math.sin(one.facing) * 0.8
      }
      bytes += tick().length
    }
    assert.ok(bytes <= 2.5 * 10 * all.length, `${bytes / 10 / all.length} bytes for each`)
  })

  it('writes what the protocol page shows', () => {
    const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
    const { spawn, tick } = follow(32)
    const all = [0, 1, 2].map((slot) => spawn(Hero, { x: slot, y: 1, facing: 0 }))
    tick()
    for (const one of [all[0], all[2]] as Moving[]) {
      one.x += 5 / 16
      one.y -= 2 / 16
      one.facing = Math.PI / 8
    }
    const shown = tick()
      .toString('hex')
      .replace(/..(?!$)/g, '$& ')
    assert.ok(page.includes(`    ${shown}\n`), shown)
  })
})
