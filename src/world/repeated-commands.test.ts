import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command } from '../actor/index.ts'
import { encode, u8 } from '../schema/index.ts'
import { defineWorld, entity } from './index.ts'
import { type Harness, harness, member, type Stored, settled } from './test-kit/harness.ts'

const Hero = entity({ last: u8 })
const applied: number[] = []
const meadow = defineWorld(
  { size: { width: 100, height: 100 }, viewRadius: 32, entities: { Hero }, avatar: Hero },
  {
    join: (world) => world.spawn(Hero, { x: 50, y: 50, last: 0 }),
    commands: {
      pay: command({ n: u8 }, (_world, me, { n }) => {
        me.last = n
        applied.push(n)
      }),
    },
  },
)

async function second(h: Harness): Promise<void> {
  for (let ticks = 0; ticks < 20; ticks += 1) {
    h.tick()
    await settled()
  }
}

/** The same session from another gate, having sent so many commands. */
async function rejoin(h: Harness, gates: number, sequence: number): Promise<void> {
  const options = encode(meadow.joinOptions as never, {})
  const again = member('ada', `ada.${gates}-1`, `g${gates}`)
  const seen = { epoch: 0, number: 0, sequence }
  await h.world.receive({ op: 'join', member: again, options, seen })
}

function failures(h: Harness): string[] {
  const fails = h.deliveries.filter(({ kind }) => kind === 'fail')
  return fails.map(({ payload }) => new TextDecoder().decode(payload).trim())
}

test('acted twice: a command that a lost life of the world had applied', async () => {
  applied.length = 0
  const stored: Stored = { blob: undefined, parts: new Map() }
  const before = await harness(meadow, { stored })
  await before.join('ada', 'ada.1')
  before.send(0, { n: 1 }, 'ada.1', 1)
  await second(before)
  before.send(0, { n: 2 }, 'ada.1', 2)
  const after = await harness(meadow, { stored, epoch: 2 })
  await rejoin(after, 2, 2)
  after.send(0, { n: 2 }, 'ada.2-1', 2)
  after.send(0, { n: 3 }, 'ada.2-1', 3)
  assert.deepEqual([applied, failures(after)], [[1, 2, 3], ['COMMANDS_LOST']])
})

test('after a move each command acts once, however often its client changes gates', async () => {
  applied.length = 0
  const stored: Stored = { blob: undefined, parts: new Map() }
  const before = await harness(meadow, { stored })
  await before.join('ada', 'ada.1')
  before.send(0, { n: 1 }, 'ada.1', 1)
  stored.blob = before.world.freeze()
  const after = await harness(meadow, { stored, epoch: 2 })
  await rejoin(after, 2, 2)
  after.send(0, { n: 1 }, 'ada.2-1', 1)
  after.send(0, { n: 2 }, 'ada.2-1', 2)
  assert.deepEqual([applied, failures(after)], [[1, 2], []])
  // It dies before its first checkpoint: what it was frozen as is not all that was heard of it.
  const last = await harness(meadow, { stored, epoch: 3 })
  await rejoin(last, 3, 2)
  last.send(0, { n: 2 }, 'ada.3-1', 2)
  assert.deepEqual([applied, failures(last)], [[1, 2], ['COMMANDS_LOST']])
})

test('acted twice: a command of a lost life, sent again after a later life had moved', async () => {
  applied.length = 0
  const stored: Stored = { blob: undefined, parts: new Map() }
  const before = await harness(meadow, { stored })
  await before.join('ada', 'ada.1')
  before.send(0, { n: 1 }, 'ada.1', 1)
  await second(before)
  before.send(0, { n: 2 }, 'ada.1', 2)
  const between = await harness(meadow, { stored, epoch: 2 })
  stored.blob = between.world.freeze()
  const after = await harness(meadow, { stored, epoch: 3 })
  await rejoin(after, 2, 2)
  after.send(0, { n: 2 }, 'ada.2-1', 2)
  after.send(0, { n: 3 }, 'ada.2-1', 3)
  assert.deepEqual([applied, failures(after)], [[1, 2, 3], ['COMMANDS_LOST']])
})

test('who is at another gate learns how far its commands have come', async () => {
  const h = await harness(meadow)
  await h.join('ada', 'ada.1')
  h.send(0, { n: 1 }, 'ada.1', 1)
  h.tick()
  await rejoin(h, 2, 1)
  h.tick()
  const told = h.batches.get('g2')?.flatMap(({ acknowledged }) => acknowledged)
  assert.deepEqual(told, [{ session: 'ada.2-1', sequence: 1 }])
})

test('acted twice: a command of who came back from having been replaced', async () => {
  applied.length = 0
  const h = await harness(meadow)
  await h.join('ada', 'ada.1')
  h.send(0, { n: 1 }, 'ada.1', 1)
  await h.join('ada', 'phone.1')
  h.send(0, { n: 2 }, 'phone.1', 1)
  await rejoin(h, 2, 1)
  h.send(0, { n: 1 }, 'ada.2-1', 1)
  h.send(0, { n: 3 }, 'ada.2-1', 2)
  assert.deepEqual(applied, [1, 2, 3])
})
