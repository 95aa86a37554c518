import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RealmError } from '../errors/index.ts'
import { angle, Reader, record, text, u8, Writer } from '../schema/index.ts'
import { defaultPrecision, type TileStreamDescriptor, tileLayout } from './tile-layout.ts'
import type { SeenEntity } from './tile-seen.ts'
import { TileStream } from './tile-stream.ts'
import { droppedPartBytes, tilePart, tilePartBytes } from './world-frame.ts'

const world: TileStreamDescriptor = {
  width: 100,
  height: 100,
  tileEdge: 10,
  viewRadius: 20,
  tickHz: 20,
  precision: 0.25,
  entities: [
    { name: 'Hero', fields: record({ hp: u8, name: text({ max: 8 }) }).describe() },
    { name: 'Rock', fields: record({}).describe() },
    { name: 'Gun', fields: record({ aim: angle(8), shots: u8, tilt: angle(4) }).describe() },
  ],
}

function stream(events: string[] = []): TileStream {
  return new TileStream(world, {
    added: ({ id }) => void events.push(`added ${id}`),
    changed: ({ id }, moved, fields) => void events.push(`changed ${id} ${moved} ${fields}`),
    removed: ({ id }, reason) => void events.push(`removed ${id} ${reason}`),
  })
}

/** A part from numbers: bytes, except the pairs of `u16` that a string stands for. */
function part(tile: number, kind: 0 | 1, ...body: (number | 'u16')[]): Uint8Array {
  const writer = new Writer()
  for (let index = 0; index < body.length; index += 1) {
    const one = body[index] as number | 'u16'
    if (one !== 'u16') writer.u8(one & 255)
    else writer.u16(body[++index] as number)
  }
  return tilePartBytes(tile, kind, writer.finish())
}

function apply(target: TileStream, ...parts: Uint8Array[]): void {
  target.apply(new Reader(Buffer.concat(parts)))
}

const u16 = 'u16'
const rock = (slot: number, id: number, x: number, y: number) =>
  [slot, id, 1, u16, x, u16, y] as const

describe('TileStream', () => {
  it('reads keyframes and all forms of changes, without drift', () => {
    const events: string[] = []
    const seen = stream(events)
    apply(seen, part(11, 1, 3, 7, 0, u16, 4, u16, 8, 200, 2, 104, 105))
    assert.deepEqual(seen.entities.get(7), {
      id: 7,
      kind: 'Hero',
      x: 11,
      y: 12,
      fields: { hp: 200, name: 'hi' },
    })
    // 3 bits: −1, +2. 8 bits: +100, −30 and hp. Absolute. The name alone.
    apply(seen, part(11, 0, 1, 6, 0o63))
    assert.deepEqual([seen.entities.get(7)?.x, seen.entities.get(7)?.y], [10.75, 12.5])
    apply(seen, part(11, 0, 64 + 6, 6, 128 + 100, 128 - 30, 5))
    assert.deepEqual([seen.entities.get(7)?.x, seen.entities.get(7)?.y], [35.75, 5])
    apply(seen, part(11, 0, 7, 6, u16, 40, u16, 0))
    assert.deepEqual([seen.entities.get(7)?.x, seen.entities.get(7)?.y], [20, 10])
    apply(seen, part(11, 0, 128, 1, 6, 1, 33))
    assert.deepEqual(seen.entities.get(7)?.fields, { hp: 5, name: '!' })
    assert.deepEqual(events, [
      'added 7',
      'changed 7 true 0',
      'changed 7 true 1',
      'changed 7 true 0',
      'changed 7 false 2',
    ])
  })

  it('keeps who crosses, in whatever order the parts come', () => {
    for (const order of [0, 1]) {
      const events: string[] = []
      const seen = stream(events)
      apply(seen, part(0, 1, ...rock(0, 9, 4, 4)), part(1, 1))
      const leaves = part(0, 0, 0, 0, 1, 1)
      const enters = part(1, 0, 0, 1, ...rock(0, 9, 0, 4), 0)
      apply(seen, ...(order === 0 ? [leaves, enters] : [enters, leaves]))
      assert.deepEqual(events, ['added 9', 'changed 9 true 0'])
      assert.equal(seen.entities.get(9)?.x, 10)
      // The slot it left is free, and the tile it left can go without it.
      apply(seen, droppedPartBytes(0))
      assert.equal(seen.entities.size, 1)
      apply(seen, droppedPartBytes(1))
      assert.deepEqual(events.slice(2), ['removed 9 hidden'])
    }
  })

  it('takes a keyframe for all there is in a tile', () => {
    const events: string[] = []
    const seen = stream(events)
    apply(seen, part(0, 1, ...rock(0, 1, 1, 1), ...rock(1, 2, 2, 2)))
    apply(seen, part(0, 1, ...rock(5, 2, 2, 2), ...rock(1, 3, 3, 3)))
    assert.deepEqual([...seen.entities.keys()], [2, 3])
    assert.deepEqual(events.slice(2), ['changed 2 false 0', 'added 3', 'removed 1 hidden'])
  })

  it('survives several ticks in one frame, slots used again included', () => {
    const seen = stream()
    apply(
      seen,
      part(0, 1, ...rock(0, 1, 1, 1)),
      part(0, 0, 0, 0, 1, 0),
      part(0, 0, 0, 1, ...rock(0, 2, 5, 5), 0),
      part(0, 0, 2, 0, 0x99),
    )
    assert.deepEqual(
      [...seen.entities.values()],
      [{ id: 2, kind: 'Rock', x: 1.5, y: 1.5, fields: {} }],
    )
  })

  it('refuses what no world sends', () => {
    const bad: Uint8Array[] = [
      part(100, 1),
      part(0, 0, 0),
      Uint8Array.of(2, 9),
      part(0, 1, 0, 7, 3, u16, 0, u16, 0),
      Uint8Array.of(1, 200, 1, 2),
    ]
    for (const bytes of bad) assert.throws(() => apply(stream(), bytes), RealmError)
    const changes: Record<string, number[]> = {
      'an empty slot': [2, 2, 0],
      'a slot past the end': [2, 255, 255, 255, 255, 15, 0],
      'an empty slot in a bitmap': [2, 5, 0b11, 0, 0],
      'an empty slot among gaps': [2, 11, 0, 0, 0, 0],
      'a field it does not have': [64, 0, 1],
      'a field no kind has': [128, 128, 128, 128, 128, 2, 0],
      'no selection': [2],
      'a bitmap that ends early': [2, 9, 1],
      'more gaps than bytes': [2, 255, 255, 255, 15, 0],
      'positions that end early': [7, 0, 1, 0, 1],
      'a removal that is not there': [0, 0, 1],
    }
    for (const [what, body] of Object.entries(changes)) {
      const seen = stream()
      apply(seen, part(0, 1, ...rock(0, 1, 1, 1)))
      assert.throws(() => apply(seen, part(0, 0, ...body)), RealmError, what)
    }
  })

  it('reads groups: who is meant by a bitmap or by gaps, their positions bit by bit', () => {
    const seen = stream()
    const rocks = [0, 1, 2, 9].map((slot) => rock(slot, slot + 1, 40, 40))
    apply(seen, part(0, 1, ...rocks.flat(), 200, 1, 201, 1, 1, u16, 40, u16, 40))
    const places = () => [...seen.entities.values()].map(({ x, y }) => [x * 4 - 40, y * 4 - 40])
    // Slots 0, 2 and 9 by (−4, 3), (1, −1) and (0, 2), 3 bits each.
    apply(seen, part(0, 0, 1, 2 * 4 + 1, 0b101, 0b10, 0x78, 0x47, 0x03))
    assert.deepEqual(places(), [
      [-4, 3],
      [0, 0],
      [1, -1],
      [0, 2],
      [0, 0],
    ])
    // Slots 1 and 200, 198 between them, by (5, 7) and (−8, 0), 4 bits each.
    apply(seen, part(0, 0, 2, 2 * 4 + 3, 1, 198, 1, 0xfd, 0x80))
    assert.deepEqual(places(), [
      [-4, 3],
      [5, 7],
      [1, -1],
      [0, 2],
      [-8, 0],
    ])
  })

  it('reads how far angles have turned, beside steps and other fields', () => {
    const events: string[] = []
    const seen = stream(events)
    const guns = [0, 1].flatMap((slot) => [slot, slot + 1, 2, u16, 8, u16, 8, 250, 1, 15] as const)
    apply(seen, part(0, 1, ...guns, ...rock(2, 3, 8, 8)))
    // Of both: by (1, −1) and (0, 2) in 3 bits, aim by 9 and −8, tilt by 3 and −1 in 5, and shots.
    const bits = [5, 3, 9 + 16, 3 + 16, 4, 6, -8 + 16, -1 + 16]
    const widths = [3, 3, 5, 5, 3, 3, 5, 5]
    let all = 0n
    let at = 0n
    for (const [index, one] of bits.entries()) {
      all |= BigInt(one) << at
      at += BigInt(widths[index] as number)
    }
    const packed = [0, 8, 16, 24].map((shift) => Number((all >> BigInt(shift)) & 255n))
    apply(seen, part(0, 0, 0xe1, 0x03, 5, 0b11, ...packed, 7, 9))
    const step = (Math.PI * 2) / 256
    const told = (id: number) => {
      const { x, y, fields } = seen.entities.get(id) as SeenEntity
      return { x: x * 4, y: y * 4, ...fields }
    }
    assert.deepEqual(told(1), { x: 9, y: 7, aim: 3 * step, shots: 7, tilt: 2 * 16 * step })
    assert.deepEqual(told(2), { x: 8, y: 10, aim: 242 * step, shots: 9, tilt: 14 * 16 * step })
    assert.deepEqual(events.slice(3), ['changed 1 true 7', 'changed 2 true 7'])
  })

  it('means all who were there by a selection of all', () => {
    const events: string[] = []
    const seen = stream(events)
    apply(seen, part(0, 1, ...rock(5, 1, 9, 9), ...rock(0, 2, 9, 9), ...rock(2, 3, 9, 9)))
    events.length = 0
    // One leaves, another takes a slot between; the others go by (0, 1), (1, 0): 0 before 5.
    apply(seen, part(0, 0, 0, 1, ...rock(1, 4, 9, 9), 1, 4, 1, 1, 0x6c, 0x09))
    assert.deepEqual(events, ['added 4', 'changed 2 true 0', 'changed 1 true 0', 'removed 3 gone'])
    const places = [...seen.entities.values()].map(({ id, x, y }) => [id, x * 4, y * 4])
    assert.deepEqual(places, [
      [1, 10, 9],
      [2, 9, 10],
      [4, 9, 9],
    ])
  })

  it('reads runs of neighbouring streams', () => {
    const seen = stream()
    apply(seen, part(4, 1, ...rock(0, 1, 4, 4)), part(5, 1), part(6, 1, ...rock(0, 2, 4, 4)))
    const goes = [1, 0, 0x25]
    apply(seen, Uint8Array.of(4 * 4 + 3, 3, goes.length, ...goes, 0, goes.length, ...goes))
    assert.deepEqual(
      [...seen.entities.values()].map(({ x, y }) => [x * 4, y * 4]),
      [
        [4 * 40 + 5, 4],
        [6 * 40 + 5, 4],
      ],
    )
  })

  it('reads streams on any tile, and on none', () => {
    const events: string[] = []
    const seen = stream(events)
    const wide = [100, 0, 8, 1, 0x90, 0x03, 3] as const
    apply(seen, part(103, 1, 11, ...rock(0, 7, 2, 2)), part(150, 1, ...wide))
    const places = () => [...seen.entities.values()].map(({ id, x, y }) => [id, x * 4, y * 4])
    assert.deepEqual(places(), [
      [7, 42, 42],
      [8, 400, 3],
    ])
    apply(seen, part(150, 0, 7, 0, 0x80, 0x02, 0), part(103, 0, 7, 0, u16, 0, u16, 0))
    assert.deepEqual(places(), [
      [7, 40, 40],
      [8, 256, 0],
    ])
    // From the one stream to the other, in one frame.
    apply(seen, part(103, 0, 0, 0, 1, 1), part(150, 0, 0, 1, 1, 7, 1, 9, 9, 0))
    apply(seen, droppedPartBytes(103))
    assert.deepEqual(places(), [
      [7, 9, 9],
      [8, 256, 0],
    ])
    assert.deepEqual(
      events.filter((event) => event.startsWith('removed')),
      [],
    )
    assert.throws(() => apply(stream(), part(101, 1, 101)), RealmError)
  })

  it('answers any bytes with a RealmError or with entities, never more than the bytes hold', () => {
    const body = fc.uint8Array({ maxLength: 60 })
    const onePart = fc.record({
      tile: fc.integer({ min: 0, max: 3 }),
      kind: fc.constantFrom(tilePart.delta, tilePart.keyframe),
      body,
    })
    fc.assert(
      fc.property(fc.array(onePart, { maxLength: 8 }), body, (parts, tail) => {
        const seen = stream()
        const bytes = parts.map((one) => tilePartBytes(one.tile, one.kind, one.body))
        const total = bytes.reduce((sum, one) => sum + one.length, tail.length)
        try {
          apply(seen, ...bytes, tail)
        } catch (error) {
          assert.ok(error instanceof RealmError, String(error))
        }
        assert.ok(seen.entities.size * 7 <= total)
      }),
      { numRuns: 3000 },
    )
  })

  it('takes any delta of a tile it has, or refuses it', () => {
    const group = fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.uint8Array({ maxLength: 12 }))
      .map(([word, rest]) => [word, ...rest])
    fc.assert(
      fc.property(fc.array(group, { maxLength: 5 }), (groups) => {
        const events: string[] = []
        const seen = stream(events)
        const rocks = [0, 1, 2, 3, 5, 8, 13].flatMap((slot) => rock(slot, slot + 1, 9, 9))
        apply(seen, part(0, 1, ...rocks, 4, 99, 0, u16, 1, u16, 1, 5, 0))
        events.length = 0
        const body = groups.flat()
        try {
          apply(seen, part(0, 0, ...body))
        } catch (error) {
          assert.ok(error instanceof RealmError, String(error))
        }
        assert.ok(events.length <= body.length * 8)
        for (const { x, y } of seen.entities.values()) assert.ok(Number.isFinite(x + y))
      }),
      { numRuns: 3000 },
    )
  })

  it('refuses descriptors that would cost more than they are', () => {
    const broken: Partial<TileStreamDescriptor>[] = [
      { tileEdge: 0 },
      { tileEdge: 1e-6 },
      { tileEdge: Number.NaN },
      { precision: 0 },
      { precision: 1e-9 },
      { width: Number.POSITIVE_INFINITY },
      { entities: [{ name: 'x', fields: { kind: 'u8' } }] },
    ]
    const sink = { added: () => {}, changed: () => {}, removed: () => {} }
    for (const change of broken) {
      assert.throws(() => new TileStream({ ...world, ...change }, sink), RealmError)
    }
  })
})

describe('defaultPrecision', () => {
  it('is a power of two that lets a walk take two bytes', () => {
    assert.equal(defaultPrecision(60), 1 / 64)
    assert.equal(defaultPrecision(600), 1 / 4)
    for (const radius of [1, 60, 333, 5000]) {
      const steps = radius / 32 / defaultPrecision(radius)
      assert.ok(steps > 64 && steps <= 128, `${radius}: ${steps}`)
    }
  })

  it('lays tiles out in whole steps, each beginning where the one before ends', () => {
    const { columnStart } = tileLayout({ ...world, tileEdge: 7.3, precision: 0.3 })
    assert.deepEqual([...columnStart.slice(0, 4)], [0, 24, 48, 73])
  })
})
