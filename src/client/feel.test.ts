import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { command, defineGame, defineWorld, entity, f64, u8, u32 } from '../index.ts'
import { simClientOptions, simWorld, startNode } from '../sim/index.ts'
import { connect } from './connect.ts'
import { emulate, type NetworkConditions } from './emulate.ts'

const tickMs = 50
const frameMs = 1000 / 60
const precision = 1 / 64
const speed = 6
const stride = (speed * tickMs) / 1000

const Player = entity({})
const Wolf = entity({ heading: u32 })

/** What the server found of a shot: how far off it was in the past that was seen, and now. */
interface Shot {
  readonly past: number
  readonly now: number
  readonly found: boolean
  readonly age: number
}

function rangeGame(shots: Shot[]) {
  const range = defineWorld(
    {
      size: { width: 200, height: 200 },
      viewRadius: 60,
      precision,
      rewindMs: 1000,
      entities: { Player, Wolf },
      avatar: Player,
    },
    {
      create: (world) => {
        for (let wolves = 0; wolves < 30; wolves++) {
          const [x, y] = [70 + world.random() * 60, 70 + world.random() * 60]
          world.spawn(Wolf, { x, y, heading: wolves })
        }
      },
      join: (world) => world.spawn(Player, { x: 100, y: 100 }),
      step: (world) => {
        // Wolves turn now and then: whoever shoots where they are by now misses.
        for (const wolf of world.all(Wolf)) {
          if (world.random() < 0.05) wolf.heading = Math.floor(world.random() * 7)
          wolf.x += Math.cos(wolf.heading) * stride
          wolf.y += Math.sin(wolf.heading) * stride
        }
      },
      commands: {
        walk: command(
          { direction: u8 },
          (_world, me, { direction }) => {
            me.x += Math.cos(direction) * stride
            me.y += Math.sin(direction) * stride
          },
          { reliable: false },
        ),
        shoot: command({ target: u32, x: f64, y: f64 }, (world, me, { target, x, y }) => {
          const seen = world.seenBy(me)
          const wolf = world.get(target)
          const was = wolf && seen.position(wolf)
          if (!wolf || !was) return
          shots.push({
            past: Math.hypot(was.x - x, was.y - y),
            now: Math.hypot(wolf.x - x, wolf.y - y),
            found: seen.near(x, y, 0.5, Wolf).some(({ id }) => id === target),
            age: (world.tick - seen.tick) * tickMs,
          })
        }),
      },
    },
  )
  return defineGame({ worlds: { range } })
}

type RangeGame = ReturnType<typeof rangeGame>

/** A server, and a player far away from it. */
async function farAway(network: NetworkConditions, shots: Shot[] = []) {
  const sim = simWorld(`feel ${network.seed}`)
  const { url } = await sim.until(startNode(sim, rangeGame(shots), 'solo'))
  const options = { ...simClientOptions(sim, 'Ada'), network: emulate(network) }
  const realm = await sim.until(connect<RangeGame>(url, options))
  const world = await sim.until(realm.worlds.range.join())
  return { sim, world }
}

describe('a player far away', () => {
  for (const seed of [1, 2]) {
    const network = { latencyMs: 150, jitterMs: 50, stallRate: 0.02, seed }

    it(`hits what is on the screen (seed ${seed})`, async () => {
      const shots: Shot[] = []
      const { sim, world } = await farAway(network, shots)
      await sim.run(4000)
      for (let frame = 0; frame < 1800; frame++) {
        await sim.run(frameMs)
        const seen = world.view()
        if (frame % 6 !== 0) continue
        const wolves = seen.filter(({ kind }) => kind === 'Wolf')
        const wolf = wolves[frame % wolves.length]
        if (wolf !== undefined) world.send.shoot({ target: wolf.id, x: wolf.x, y: wolf.y })
      }
      await sim.run(2000)
      assert.ok(shots.length > 250, String(shots.length))
      // What is shown is rounded to a step, and told to the server in sixteenths of a tick.
      const exact = precision + stride / 32
      const share = (holds: (shot: Shot) => boolean) => shots.filter(holds).length / shots.length
      const told = { exact: share(({ past }) => past <= exact), found: share((one) => one.found) }
      const uncompensated = share(({ now }) => now <= 0.5)
      const oldest = Math.max(...shots.map(({ age }) => age))
      const line = JSON.stringify({ ...told, uncompensated, oldest })
      // The rest is what was guessed while a frame was missing, of wolves that turned meanwhile.
      assert.ok(told.exact > 0.93 && told.found > 0.98, line)
      assert.ok(uncompensated < 0.1, line)
      assert.ok(oldest <= 1000 + tickMs, line)
    })

    it(`walks at once and evenly, and is never corrected (seed ${seed})`, async () => {
      const { sim, world } = await farAway(network)
      await sim.run(4000)
      const me = () => {
        const shown = world.view().find(({ id }) => id === world.me)
        assert.ok(shown)
        return { x: shown.x, y: shown.y }
      }
      const walker = world.predict({
        command: 'walk',
        apply: (state, { direction }) => {
          state.x += Math.cos(direction) * stride
          state.y += Math.sin(direction) * stride
        },
      })
      let last = me()
      let walking = 0
      for (let frame = 0; frame < 1200; frame++) {
        const direction = Math.floor(frame / 200)
        if (frame % 3 === 0) walker.send({ direction })
        await sim.run(frameMs)
        const now = me()
        const step = Math.hypot(now.x - last.x, now.y - last.y)
        assert.ok(step < ((speed * frameMs) / 1000) * 1.05, `frame ${frame}: ${step}`)
        if (step > 0) walking++
        assert.equal(walker.error, 0)
        last = now
      }
      assert.ok(walking >= 1199, 'it goes from the first frame on')
      await sim.run(3000)
      assert.equal(walker.pending, 0)
      const there = world.entities.get(world.me)
      assert.ok(there && Math.hypot(there.x - last.x, there.y - last.y) <= precision)
    })
  }

  it('is told the truth about the present where it does not say what it sees', async () => {
    const shots: Shot[] = []
    const { sim, world } = await farAway({ latencyMs: 100, seed: 3 }, shots)
    world.feel.compensation = false
    await sim.run(3000)
    for (let frame = 0; frame < 30; frame++) {
      await sim.run(100)
      const wolf = world.view().find(({ kind }) => kind === 'Wolf')
      if (wolf !== undefined) world.send.shoot({ target: wolf.id, x: wolf.x, y: wolf.y })
    }
    await sim.run(1000)
    assert.ok(shots.length >= 25)
    const present = ({ past, now }: Shot) => Math.abs(past - now) <= precision
    assert.ok(shots.every((shot) => shot.age === 0 && present(shot)))
  })
})
