import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decode } from '../../schema/index.ts'
import { type Demo, demo } from '../test-kit/demo-client.ts'
import { block, types } from '../test-kit/demo-game.ts'
import { delta, dropped, frame, keyframe, type Placed } from '../test-kit/tile-bytes.ts'

const player: Placed = { slot: 0, id: 1, x: 5, y: 5, facing: 0 }
const wolf: Placed = { slot: 1, id: 2, x: 6, y: 6, hp: 30 }

/** A joined world, and a way to send it a frame and let it arrive. */
async function joined(options: Parameters<typeof demo>[0] = {}) {
  const made = await demo(options)
  const world = await made.wait(made.realm.worlds.frontier.join())
  const log: string[] = []
  world.onAdd(({ id }) => log.push(`+${id}`))
  world.onChange(({ id, x }) => log.push(`${id}@${x}`))
  world.onRemove(({ id }, reason) => log.push(`-${id} ${reason}`))
  let tick = 100
  const send = async (parts: Uint8Array[], head: { acknowledged?: number; me?: number } = {}) => {
    const channel = made.server.session.channelOf(block.frontier)
    made.server.session.send('world', frame({ channel, tick: tick++, ...head }, ...parts))
    await made.clock.advance(50)
  }
  const taken = () => log.splice(0)
  return { ...made, world, send, taken, skip: (ticks: number) => (tick += ticks) }
}

describe('a world', () => {
  it('shows what its frames tell', async () => {
    const { world, send, taken, realm } = await joined()
    assert.equal(world.me, 1)
    assert.equal(world.line, 'main')
    await send([keyframe(0, [player, wolf])])
    assert.deepEqual(taken(), ['+1', '+2'])
    const seen = world.entities.get(2)
    assert.deepEqual(seen, { id: 2, kind: 'Wolf', x: 6, y: 6, fields: { hp: 30 } })
    await send([delta(0, { changes: [{ ...wolf, x: 7 }] })])
    assert.deepEqual(taken(), ['2@7'])
    assert.equal(seen?.x, 7)
    await send([delta(0, { removals: [{ slot: 1 }] })])
    assert.deepEqual(taken(), ['-2 gone'])
    await send([dropped(0)])
    assert.deepEqual(taken(), ['-1 hidden'])
    assert.equal(realm.status, 'connected')
  })

  it('tells a late listener of everything that is there', async () => {
    const { world, send } = await joined()
    await send([keyframe(0, [player, wolf])])
    const ids: number[] = []
    const off = world.onAdd(({ id }) => ids.push(id))
    off()
    await send([delta(0, { additions: [{ ...wolf, slot: 2, id: 9 }] })])
    assert.deepEqual(ids, [1, 2])
  })

  it('keeps who crosses into another tile, in whichever order a frame tells it', async () => {
    const { world, send, taken } = await joined()
    await send([keyframe(0, [player, wolf]), keyframe(1, [])])
    const held = world.entities.get(2)
    taken()
    const there = { ...wolf, slot: 0, x: 11 }
    await send([
      delta(0, { removals: [{ slot: 1, moved: true }] }),
      delta(1, { additions: [there] }),
    ])
    assert.deepEqual(taken(), ['2@11'])
    const back = { ...wolf, x: 9 }
    await send([
      delta(0, { additions: [back] }),
      delta(1, { removals: [{ slot: 0, moved: true }] }),
    ])
    assert.deepEqual(taken(), ['2@9'])
    assert.equal(world.entities.get(2), held)
    await send([dropped(0), delta(1, { additions: [there] })])
    assert.deepEqual(taken(), ['2@11', '-1 hidden'])
  })

  it('loses nobody who is still there when a tile is sent anew', async () => {
    const { world, send, taken } = await joined()
    await send([keyframe(0, [player, wolf])])
    const held = world.entities.get(1)
    taken()
    await send([keyframe(0, [{ ...player, slot: 4, x: 8 }])])
    assert.deepEqual(taken(), ['1@8', '-2 hidden'])
    assert.equal(world.entities.get(1), held)
  })

  it('hears events and speaks in commands', async () => {
    const { world, server, clock } = await joined()
    const damages: number[] = []
    world.on('hit', ({ damage }) => damages.push(damage))
    const channel = server.session.channelOf(block.frontier)
    server.session.event({ channel, event: 0, payload: Uint8Array.of(12, 0) })
    world.send.strike({ target: 2 })
    world.send.walk({ dx: 1, dy: 0 })
    await clock.advance(100)
    assert.deepEqual(damages, [12])
    assert.deepEqual(
      server.commands.map(({ command, sequence }) => [command, sequence]),
      [
        [1, 1],
        [0, 2],
      ],
    )
  })

  it('survives frames that make no sense, by a resume', async () => {
    const { world, send, server, clock, errors, realm } = await joined()
    await send([keyframe(0, [player])])
    const { session } = server
    await send([delta(55, {})])
    await clock.advance(2000)
    assert.equal(realm.status, 'connected')
    assert.equal(server.session, session)
    assert.equal(errors[0]?.code, 'PROTOCOL_GARBAGE')
    await send([keyframe(0, [{ ...player, x: 6 }])])
    assert.equal(world.entities.get(1)?.x, 6)
  })
})

describe('a world over reconnections', () => {
  for (const how of ['cut', 'restart'] as const) {
    it(`keeps what it showed until the new frames tell otherwise (${how})`, async () => {
      const { world, send, taken, server, clock } = await joined()
      await send([keyframe(0, [player, wolf])])
      const held = world.entities.get(1)
      taken()
      server[how]()
      await clock.advance(2000)
      assert.deepEqual(taken(), [])
      assert.equal(world.entities.size, 2)
      await send([keyframe(0, [{ ...player, x: 7 }])])
      assert.deepEqual(taken(), ['1@7'])
      assert.equal(world.entities.get(1), held)
      await clock.advance(800)
      await send([])
      assert.deepEqual(taken(), ['-2 hidden'])
    })
  }
})

describe('drawing a world', () => {
  async function walking(): Promise<Demo & Awaited<ReturnType<typeof joined>>> {
    const made = await joined()
    await made.send([keyframe(0, [player, wolf])])
    for (let step = 1; step <= 20; step++) {
      await made.send([delta(0, { changes: [{ ...wolf, x: 6 + step / 8 }] })])
    }
    return made
  }

  it('moves evenly between frames, behind them by the delay', async () => {
    const { world, clock } = await walking()
    const from = world.sample(2, clock.now())?.x as number
    const later = world.sample(2, clock.now() + 25)?.x as number
    assert.ok(Math.abs(later - from - 1 / 16) < 0.01, `${from} ${later}`)
    const newest = world.entities.get(2)?.x as number
    const behindMs = (newest - from) * 8 * 50
    assert.ok(Math.abs(behindMs - (world.delayMs - 30)) < 12, `${behindMs} ${world.delayMs}`)
  })

  it('draws all that is in view, in objects that are reused', async () => {
    const { world, clock } = await walking()
    const view = world.view(clock.now())
    assert.deepEqual(
      view.map(({ id, kind, fields }) => [id, kind, fields.hp]),
      [
        [1, 'Player', 100],
        [2, 'Wolf', 30],
      ],
    )
    assert.equal(world.view(clock.now() + 10)[1], view[1])
    assert.notEqual(view[1], world.entities.get(2), 'what is known is not what is drawn')
  })

  it('turns angles the short way', async () => {
    const { world, send, clock } = await joined()
    await send([keyframe(0, [{ ...player, facing: 6.2 }])])
    for (let step = 0; step < 10; step++) {
      await send([delta(0, { changes: [{ ...player, facing: step % 2 === 0 ? 0.1 : 6.2 }] })])
    }
    for (let ms = 0; ms < 100; ms += 10) {
      const seen = world.sample(1, clock.now() + ms - 100)
      assert.ok(seen?.kind === 'Player')
      assert.ok(Math.cos(seen.fields.facing) > 0.98, String(seen.fields.facing))
    }
  })

  it('lets who stands still stand, however long, and sets off without a slide', async () => {
    const { world, send, skip, clock } = await joined()
    await send([keyframe(0, [player, wolf])])
    // The server sends no empty frames: a second passes in silence.
    skip(19)
    await clock.advance(950)
    await send([delta(0, { changes: [{ ...wolf, x: 6.125 }] })])
    assert.equal(world.sample(2, clock.now() - 30)?.x, 6)
  })
})

describe('a world that counts from the start again', () => {
  it('is drawn where it is now', async () => {
    const { world, send, skip, server, clock } = await joined()
    await send([keyframe(0, [player, wolf])])
    await send([delta(0, { changes: [{ ...wolf, x: 6.5 }] })])
    server.restart()
    await clock.advance(3000)
    skip(-90)
    await send([keyframe(0, [player, { ...wolf, x: 9 }])])
    assert.equal(world.sample(2)?.x, 9)
    await send([delta(0, { changes: [{ ...wolf, x: 9.5 }] })])
    await send([])
    await clock.advance(200)
    assert.equal(world.sample(2)?.x, 9.5)
  })
})

describe('predicting in a world', () => {
  it('shows the own step at once and the others as they were', async () => {
    const { world, send, server, clock } = await joined()
    await send([keyframe(0, [player, wolf])])
    const predicted = world.predict({
      command: 'walk',
      apply: (state, { dx, dy }, dt) => {
        assert.equal(dt, 0.05)
        state.x += dx
        state.y += dy
        state.facing = 1
      },
    })
    assert.equal(predicted.state?.hp, 100)
    predicted.send({ dx: 0.5, dy: 0 })
    assert.equal(predicted.pending, 1)
    await clock.advance(50)
    const me = world.view().find(({ id }) => id === world.me)
    assert.deepEqual(me, { id: 1, kind: 'Player', x: 5.5, y: 5, fields: { hp: 100, facing: 1 } })
    assert.equal(world.entities.get(1)?.x, 5)
    assert.deepEqual(decode(types.walk, server.commands[0]?.input as Uint8Array), {
      dx: 0.5,
      dy: 0,
    })
    await send([delta(0, { changes: [{ ...player, x: 5.5 }] })], { acknowledged: 1 })
    assert.equal(predicted.pending, 0)
    assert.equal(predicted.state?.x, 5.5)
  })

  it('is smooth and right over a bad network that loses commands', async () => {
    let seed = 7
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const { world, server, clock, send } = await joined({ latency: () => 40 + random() * 60 })
    await send([keyframe(0, [player])])
    await clock.advance(200)
    const predicted = world.predict({
      command: 'walk',
      apply: (state, { dx }) => {
        state.x += dx
      },
    })
    let x = 5
    let acknowledged = 0
    let steepest = 0
    let last = world.sample(world.me)?.x as number
    for (let tick = 0; tick < 80; tick++) {
      if (tick < 50) predicted.send({ dx: 0.0625, dy: 0 })
      for (const { sequence, input } of server.commands.splice(0)) {
        acknowledged = sequence
        if (random() < 0.1) continue
        x += (decode(types.walk, input) as { dx: number }).dx
      }
      await send([delta(0, { changes: [{ ...player, x }] })], { acknowledged })
      const now = world.sample(world.me)?.x as number
      steepest = Math.max(steepest, Math.abs(now - last))
      last = now
    }
    await clock.advance(1000)
    assert.ok(steepest < 0.2, `no step is three times a normal one: ${steepest}`)
    assert.equal(predicted.pending, 0)
    assert.ok(Math.abs((world.sample(world.me)?.x as number) - x) < 0.01)
  })

  it('can be switched off, to see what it does', async () => {
    const { world, send, clock } = await joined()
    await send([keyframe(0, [player])])
    const predicted = world.predict({ command: 'walk', apply: (state, { dx }) => (state.x += dx) })
    predicted.send({ dx: 1, dy: 0 })
    await clock.advance(60)
    world.feel.prediction = false
    assert.equal(world.sample(world.me)?.x, 5)
    world.feel.prediction = true
    assert.equal(world.sample(world.me)?.x, 6)
    await send([delta(0, { changes: [{ ...player, x: 5.5 }] })], { acknowledged: 1 })
    world.feel.prediction = false
    world.feel.interpolation = false
    assert.equal(world.sample(world.me)?.x, 5.5)
  })

  it('waits for the connection', async () => {
    const { world, send, server, clock } = await joined()
    await send([keyframe(0, [player])])
    const predicted = world.predict({ command: 'walk', apply: (state, { dx }) => (state.x += dx) })
    server.cut()
    await clock.advance(50)
    predicted.send({ dx: 1, dy: 0 })
    assert.equal(predicted.pending, 0)
    assert.equal(predicted.state?.x, 5)
  })
})
