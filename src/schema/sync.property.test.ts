import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decode,
  encode,
  list,
  Mirror,
  map,
  optional,
  ownOnly,
  publicDescriptor,
  Reader,
  type RecordType,
  record,
  serverOnly,
  Tracked,
  type Type,
  typeFromDescriptor,
  u8,
  type View,
  Writer,
} from './index.ts'
import { comparable, type Eye, visible } from './testing/compare.ts'
import { Dice } from './testing/dice.ts'
import { mutateWithin } from './testing/mutate.ts'
import { recordSample, type Sample, type SampleField } from './testing/samples.ts'

const rolls = (most: number) =>
  fc.array(fc.nat(0xffffff), { minLength: 8, maxLength: most, size: 'max' })
const writer = new Writer()

function readerOf(write: () => void): Reader {
  writer.reset()
  write()
  return new Reader(writer.finish())
}

/** A mirror with the views it is fed by: the deltas are written and applied in this order. */
interface Watcher {
  readonly mirror: Mirror<never>
  readonly eye: Eye
  readonly full: View
  readonly deltas: readonly View[]
  /** Keys of the root's map as told by listeners. */
  readonly told: Set<string>
}

function watch(type: RecordType, full: View, deltas: readonly View[]): Watcher {
  const store = full.scope === 'store'
  const mirror = new Mirror(type, store ? { scope: 'store' } : {})
  const told = new Set<string>()
  const players = (mirror.state as unknown as Record<string, unknown>)['players'] as {
    onAdd(listener: (key: string) => void): void
    onRemove(listener: (key: string) => void): void
  }
  players.onAdd((key) => {
    assert.ok(!told.has(key), 'an entry was added twice')
    told.add(key)
  })
  players.onRemove((key) => assert.ok(told.delete(key), 'an unknown entry was removed'))
  const eye: Eye = store ? { store } : full.scope === 'own' ? { player: full.player } : {}
  return { mirror: mirror as unknown as Mirror<never>, eye, full, deltas, told }
}

function readFull(tracked: Tracked<object>, watcher: Watcher): void {
  const reader = readerOf(() => tracked.writeFull(writer, watcher.full))
  watcher.mirror.readFull(reader)
  reader.end()
}

function readDeltas(tracked: Tracked<object>, watcher: Watcher): void {
  for (const view of watcher.deltas) {
    let any = false
    const reader = readerOf(() => {
      any = tracked.writeDelta(writer, view)
    })
    assert.equal(any, reader.remaining > 0)
    if (view.scope === 'own' && view.privateOnly && any) {
      assert.ok(tracked.dirtyOwners().has(view.player), 'a hidden change without its owner')
    }
    if (any) watcher.mirror.applyDelta(reader)
    reader.end()
  }
}

function watchers(type: RecordType): Watcher[] {
  const seenByClients = typeFromDescriptor(publicDescriptor(type.describe())) as RecordType
  const own = { scope: 'own', player: 'p1' } as const
  const open = { scope: 'public' } as const
  return [
    watch(type, { scope: 'store' }, [{ scope: 'store' }]),
    watch(type, open, [open]),
    watch(type, own, [own]),
    watch(type, own, [open, { ...own, privateOnly: true }]),
    watch(seenByClients, own, [open, { ...own, privateOnly: true }]),
  ]
}

/** The watched fields only: a client's type does not have those of the server. */
function expected(sample: Sample, state: unknown, watcher: Watcher): unknown {
  const all = visible(sample.shape, state, watcher.eye)
  return drop(all)
}

/** Without fields that are undefined: a field a client's type lacks looks like one it never got. */
function drop(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const kept = value.filter(
    (pair) => !(Array.isArray(pair) && pair.length === 2 && pair[1] === 'undefined'),
  )
  return kept.map(drop)
}

/** A root record that always has a map of records, named `players`. */
function rootSample(dice: Dice): Sample & { type: RecordType } {
  const root = recordSample(dice, 3)
  const player = dice.roll(2) === 0 ? recordSample(dice, 3) : secretive
  return withPlayers(root, player)
}

const card = record({ face: u8, secret: ownOnly(u8), note: serverOnly(u8) })

/** A player with hidden fields wherever a private delta must find its way to them. */
const secretive = samplePlayer()

function samplePlayer(): Sample {
  const scalar = (type: Type<unknown>, hidden: SampleField['hidden'] = ''): SampleField => {
    const sample: Sample = { type, make: (dice) => dice.roll(256), shape: { kind: 'scalar' } }
    return { sample, hidden }
  }
  const fields = { face: scalar(u8), secret: scalar(u8, 'own'), note: scalar(u8, 'server') }
  const make = (dice: Dice) => ({ face: dice.roll(256), secret: dice.roll(256), note: 1 })
  const of: Sample = { type: card, make, shape: { kind: 'record', fields } }
  const cards: Sample = {
    type: list(card, { max: 12 }),
    make: (dice) => Array.from({ length: dice.roll(6) }, () => of.make(dice)),
    shape: { kind: 'list', of },
  }
  const trump: Sample = {
    type: optional(card),
    make: (dice) => (dice.roll(2) === 0 ? undefined : of.make(dice)),
    shape: { kind: 'optional', of },
  }
  const shape = {
    cards: { sample: cards, hidden: '' },
    hand: { sample: cards, hidden: 'own' },
    trump: { sample: trump, hidden: '' },
  } as const
  return {
    type: record({ cards: cards.type, hand: ownOnly(cards.type), trump: trump.type }),
    make: (dice) => ({
      cards: cards.make(dice),
      hand: cards.make(dice),
      trump: trump.make(dice),
    }),
    shape: { kind: 'record', fields: shape },
  }
}

function withPlayers(
  root: Sample & { type: RecordType },
  player: Sample,
): Sample & { type: RecordType } {
  const type = record({ ...root.type.fields, players: map(player.type, { max: 5 }) })
  const shape = root.shape.kind === 'record' ? root.shape.fields : {}
  const players: Sample = {
    type: map(player.type),
    make: (more) => new Map([[more.pick(['p0', 'p1']), player.make(more)]]),
    shape: { kind: 'map', of: player },
  }
  return {
    type: type as unknown as RecordType,
    make: (more) => ({ ...(root.make(more) as object), players: players.make(more) }),
    shape: { kind: 'record', fields: { ...shape, players: { sample: players, hidden: '' } } },
  }
}

test('every viewer follows random changes, rollbacks and lost deltas', () => {
  const run = (typeRolls: number[], script: number[]) => {
    const sample = rootSample(new Dice(typeRolls))
    const dice = new Dice(script)
    const first = sample.make(dice)
    const tracked = new Tracked(sample.type, first as never) as Tracked<object>
    let model = sample.type.check(first)
    const all = watchers(sample.type)
    for (const watcher of all) readFull(tracked, watcher)
    while (!dice.empty) {
      const before = comparable(tracked.state)
      const fate = dice.pick(['plain', 'plain', 'commit', 'rollback'])
      if (fate !== 'plain') tracked.begin()
      for (let count = dice.roll(6); count > 0; count -= 1) {
        mutateWithin(sample.shape, model, dice.copy())
        mutateWithin(sample.shape, tracked.state, dice)
        assert.deepEqual(comparable(tracked.state), comparable(model))
      }
      if (fate === 'commit') tracked.commit()
      if (fate === 'rollback') {
        tracked.rollback()
        assert.deepEqual(comparable(tracked.state), before)
        model = sample.type.check(tracked.state)
      }
      if (dice.roll(3) === 0) continue
      const lost = dice.roll(all.length * 3)
      for (const watcher of all) if (watcher !== all[lost]) readDeltas(tracked, watcher)
      tracked.clearDirty()
      assert.equal(tracked.dirty, false)
      const late = all[lost]
      if (late !== undefined) readFull(tracked, late)
      for (const watcher of all) {
        const seen = drop(comparable(watcher.mirror.state))
        assert.deepEqual(seen, expected(sample, tracked.state, watcher))
        const players = (watcher.mirror.state as unknown as { players: Map<string, unknown> })
          .players
        assert.deepEqual([...watcher.told].sort(), [...players.keys()].sort())
      }
    }
    assert.deepEqual(
      comparable(decode(sample.type, encode(sample.type, tracked.state as never))),
      comparable(model),
    )
    writer.reset()
    tracked.writeFull(writer, { scope: 'store' })
    assert.deepEqual(writer.finish(), encode(sample.type, tracked.state as never))
  }
  fc.assert(fc.property(rolls(60), rolls(300), run), { numRuns: 700 })
})
