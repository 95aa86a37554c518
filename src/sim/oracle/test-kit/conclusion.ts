import assert from 'node:assert/strict'
import { lack } from './judge.ts'
import type { Truth } from './model.ts'
import type { Stage } from './stage.ts'

/** Views that saved as hard as they can reach their radius again within so many ticks. */
const easeTicksMax = 800
/** What was lost is asked for again after a second, looked for once a second. */
const calmTicks = 45
/** A world that has come back without anybody of a gate is asked after three seconds of silence. */
const silenceTicksMax = 100

/** Faults end; some ticks later everything is exactly as it should be. */
export async function concluded(stage: Stage): Promise<void> {
  const { clients, harness, model, rules, setup } = stage
  for (const client of clients) {
    client.slow = false
    client.socket.bufferedBytes = 0
    if (!client.connected) await stage.resume(client)
  }
  for (const thing of model.things.values()) {
    thing.vx = 0
    thing.vy = 0
  }
  for (const end of stage.gates) end.losing = false
  const { overload } = harness.world
  overload.level = 0
  overload.capSteps = 0
  for (let left = calmTicks; left > 0; left -= 1) await stage.tick()
  for (let left = silenceTicksMax; left > 0 && isAnyLost(stage); left -= 1) await stage.tick()
  for (let left = 9; left > 0; left -= 1) await stage.tick()
  const former = { ...rules }
  const calm = { pressured: false, capped: setup.settings.viewEntitiesMax > 0 }
  for (let left = former.pressured ? easeTicksMax : 0; left > 0; left -= 1) {
    // Views that are still saving are held to what they may leave out; in the end nobody is.
    Object.assign(rules, calm)
    if (seesAll(stage)) break
    Object.assign(rules, former)
    await stage.tick()
  }
  Object.assign(rules, calm)
  await stage.tick()
  assertBounded(stage)
}

/** Whether anybody is in the world for all the client knows, and not for the world. */
function isAnyLost({ clients, harness }: Stage): boolean {
  const { seats } = harness.world
  return clients.some(({ joined, stay }) => joined && seats.ofSession(stay) === undefined)
}

/** Whether everybody sees whom they must. */
function seesAll(stage: Stage): boolean {
  const truth = stage.truths.at(-1) as Truth
  return stage.clients.every((client) => {
    return !client.joined || lack({ client, truth, stage }) === undefined
  })
}

/** The world tells what somebody holds, and nothing more. */
function assertBounded(stage: Stage): void {
  const { clients, harness, gates, grid, crashed } = stage
  const tiles = grid.columns * grid.rows
  const held = gates.map(() => new Set<number>())
  for (const client of clients) {
    if (!client.joined) continue
    for (const stream of client.held) if (stream < tiles) held[client.gate]?.add(stream)
  }
  const { world } = harness
  for (const { gate, tiles: subscribed } of world.gates.subscriptions()) {
    const its = held[Number(gate.slice(4))] as Set<number>
    const more = subscribed.filter((tile) => !its.has(tile))
    const less = [...its].filter((tile) => !subscribed.includes(tile))
    assert.equal(`${more}`, '', `${gate} is subscribed to what nobody holds`)
    assert.equal(`${less}`, '', `${gate} is not subscribed to what is held`)
  }
  assert.ok(!isAnyLost(stage), 'a client takes itself for joined, and the world does not')
  const players = clients.filter(({ joined }) => joined).length
  // Who left after the last checkpoint is there again, till the time of a reconnect is over.
  if (crashed) assert.ok(world.stats().players >= players)
  else assert.equal(world.stats().players, players)
}
