import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineGame, defineRoom } from '../index.ts'
import { Allowance } from './allowance.ts'
import { scene } from './test-kit/scene.ts'

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code

test('one player cannot fill a server with rooms', async () => {
  const table = defineRoom({ state: {}, emptyMs: 3_600_000 })
  const { world, enter } = await scene('room flood', defineGame({ rooms: { table } }))
  const [mallory, ada] = [await enter('Mallory'), await enter('Ada')]
  const refusals = new Set<unknown>()
  let opened = 0
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      const room = await world.until(mallory.realm.rooms.table.create())
      room.leave()
      opened += 1
    } catch (error) {
      refusals.add(codeOf(error))
    }
    await world.run(40)
  }
  assert.ok(opened >= 32 && opened <= 40, `${opened} rooms were opened`)
  assert.deepEqual([...refusals], ['RATE_LIMITED'])
  await world.until(ada.realm.rooms.table.create())
  await world.run(2_000)
  await world.until(mallory.realm.rooms.table.create())
})

test('an allowance forgets only those who have all of it again, while there are such', () => {
  let now = 0
  const allowance = new Allowance({ now: () => now } as never)
  for (let room = 0; room < 32; room += 1) assert.ok(allowance.take('mallory'))
  assert.ok(!allowance.take('mallory'))
  for (let player = 0; player < 9_000; player += 1) allowance.take(`one ${player}`)
  now = 2_000
  for (let player = 0; player < 9_000; player += 1) allowance.take(`two ${player}`)
  assert.ok(allowance.take('mallory'))
  assert.ok(!allowance.take('mallory'))
})
