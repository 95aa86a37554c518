import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSight } from './check.ts'
import { commandMessage, received } from './client.ts'
import { fighters, turnInput } from './fighters.ts'
import { measureTicks } from './measure.ts'
import { startRig } from './rig.ts'
import { walkers } from './walkers.ts'

test('clients see everybody in view, each where it stands', async () => {
  const rig = await startRig(walkers({ side: 300, viewRadius: 60, extras: 150 }))
  await rig.join(20)
  const found = await measureTicks(rig, { warmUp: 5, ticks: 40 })
  const { wrong, compared, inViewMean, deliveredMean } = checkSight(rig)
  assert.deepEqual(wrong, [])
  assert.ok(compared > 50 && inViewMean > 5 && deliveredMean >= inViewMean)
  assert.equal(found.framesPerTick, 20)
  assert.ok(found.stepP50Ms > 0 && found.stepP50Ms < found.p50Ms && found.p50Ms <= found.p99Ms)
  await rig.close()
})

test('who was told wrong is found out', async () => {
  const game = walkers({ side: 100, viewRadius: 60, extras: 20, moving: false })
  const rig = await startRig(game)
  await rig.join(8)
  await measureTicks(rig, { warmUp: 3, ticks: 1 })
  assert.deepEqual(checkSight(rig).wrong, [])
  const [first] = game.everybody()
  Object.assign(first as object, { x: 50, y: 50 })
  assert.ok(checkSight(rig).wrong.length > 0)
  await rig.close()
})

test('fighters turn by command and fall', async () => {
  const game = fighters({ side: 12 })
  const rig = await startRig(game)
  await rig.join(40)
  const { frames } = received
  let sequence = 0
  const commands = () => {
    sequence += 1
    const message = commandMessage(0, sequence, turnInput(900))
    return () => {
      for (const client of rig.clients) client.say(message)
    }
  }
  await measureTicks(rig, { warmUp: 0, ticks: 200, commands })
  assert.equal(received.frames - frames, 40 * 200)
  const all = [...game.everybody()] as unknown as { hp: number; kills: number }[]
  assert.ok(all.some(({ kills }) => kills > 0) && all.some(({ hp }) => hp < 100))
  assert.deepEqual(checkSight(rig).wrong, [])
  await rig.close()
})
