import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RealmError } from '../src/client/index.ts'
import type quest from './fixtures/quest.ts'
import { type GameProcess, startGame } from './game-process.ts'
import { enter } from './kit/player.ts'
import { until } from './kit/until.ts'

const kills = 3
const playMs = 1_300
/** Between calls of one earner of three: a player may send sixty messages a second. */
const pauseMs = 70
const file = 'test/fixtures/quest.ts'
/** What a crash may take back of a world or a room, and what a slow machine adds to it. */
const lossMs = 1_000 + 250

interface Sample {
  readonly atMs: number
  readonly value: number
}

/** The last value that was seen no later than `atMs`. */
function seenBy(samples: readonly Sample[], atMs: number): number {
  return samples.findLast((sample) => sample.atMs <= atMs)?.value ?? 0
}

/** Somebody who earns, taps and walks all the time, and writes down what the server said. */
async function play(url: string) {
  const { realm, statuses, errors } = await enter<typeof quest>(url, 'Ada')
  const table = await realm.rooms.table.joinOrCreate()
  const road = await realm.worlds.road.join()
  const hero = await realm.actors.hero.watch()
  const paid = new Map<number, 'acknowledged' | 'unknown'>()
  const refusals: string[] = []
  const left: string[] = []
  for (const joined of [table, road, hero]) joined.onLeft((code) => left.push(code))
  let payments = 0
  let playing = true

  const earn = async () => {
    while (playing) {
      const payment = ++payments
      paid.set(payment, 'unknown')
      try {
        await realm.actors.hero.call.earn({ payment, amount: 1 })
        paid.set(payment, 'acknowledged')
      } catch (error) {
        refusals.push(error instanceof RealmError ? error.code : String(error))
      }
      await sleep(pauseMs)
    }
  }
  const earners = [earn(), earn(), earn()]
  const walking = setInterval(() => {
    if (realm.status !== 'connected') return
    road.send.walk({ dx: 1 })
    table.send.tap({})
  }, 100)

  return {
    realm,
    statuses,
    errors,
    table,
    road,
    hero,
    paid,
    refusals,
    left,
    x: () => road.entities.get(road.me)?.x ?? 0,
    taps: () => table.state.taps.get(realm.player.id) ?? 0,
    async stop() {
      playing = false
      clearInterval(walking)
      await Promise.all(earners)
    },
  }
}

test('SIGKILL in the middle of play, again and again', async (t) => {
  let game: GameProcess = await startGame(['run', file])
  const { port, dataDir, url } = game
  t.after(() => game.kill('SIGKILL'))
  const player = await play(url)
  const { realm, table, road, hero } = player
  // Calls that nobody will answer end with the client.
  t.after(() => {
    realm.close()
    return player.stop()
  })
  const { state } = table
  const acknowledged = () => [...player.paid.values()].filter((it) => it === 'acknowledged').length

  for (let kill = 1; kill <= kills; kill += 1) {
    const xs: Sample[] = []
    const taps: Sample[] = []
    const watching = setInterval(() => {
      const atMs = performance.now()
      xs.push({ atMs, value: player.x() })
      taps.push({ atMs, value: player.taps() })
    }, 10)
    await sleep(playMs)
    clearInterval(watching)
    const before = acknowledged()
    const killedMs = performance.now()
    const end = await game.kill('SIGKILL')
    assert.equal(end.signal, 'SIGKILL')
    await until('the loss is noticed', () => realm.status === 'reconnecting')
    const restartedMs = performance.now()
    game = await startGame(['run', file], { port, dataDir })
    await until('the client is back by itself', () => realm.status === 'connected', 10_000)
    t.diagnostic(
      `kill ${kill}: ${before} calls acknowledged, back after ` +
        `${Math.round(performance.now() - restartedMs)} ms`,
    )
    await until('a call is answered again', () => acknowledged() > before)

    const [x, tapped] = await until('world and table go on', () => {
      const now = [player.x(), player.taps()] as const
      return now[0] > 0 && now[1] > 0 && now
    })
    assert.ok(x >= seenBy(xs, killedMs - lossMs), `at ${x}, seen at ${xs.at(-1)?.value} before`)
    assert.ok(tapped >= seenBy(taps, killedMs - lossMs), `${tapped} taps of ${taps.at(-1)?.value}`)
    await until('the avatar walks on', () => player.x() > x)
    await until('taps count on', () => player.taps() > tapped)
    assert.equal(
      realm.rooms !== undefined && table.state,
      state,
      'the room has another state object',
    )
  }

  await player.stop()
  await until('the last payment is seen', () => hero.state.payments.length >= acknowledged())
  const made = [...hero.state.payments]
  const times = new Map<number, number>()
  for (const payment of made) times.set(payment, (times.get(payment) ?? 0) + 1)
  for (const [payment, outcome] of player.paid) {
    const count = times.get(payment) ?? 0
    assert.ok(count <= 1, `payment ${payment} was made ${count} times`)
    if (outcome === 'acknowledged') assert.equal(count, 1, `payment ${payment} was lost`)
  }
  assert.equal(hero.state.gold, made.length)
  assert.ok(acknowledged() > kills * 20, `only ${acknowledged()} calls were acknowledged`)

  assert.deepEqual(player.left, [], 'a handle ended')
  assert.deepEqual(
    [...new Set(player.refusals)].filter((code) => code !== 'OUTCOME_UNKNOWN'),
    [],
  )
  // A world comes back from its last checkpoint, and says what that means.
  const told = new Set(['COMMANDS_LOST', 'EVENTS_LOST'])
  assert.deepEqual(
    player.errors.filter((code) => !told.has(code)),
    [],
  )
  assert.equal(road.entities.get(road.me)?.id, road.me)
  assert.deepEqual(
    player.statuses,
    Array.from({ length: kills }, () => ['reconnecting', 'connected']).flat(),
  )
})
