import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed } from './run-seed.ts'
import type { NodePorts, WrapPorts } from './stage.ts'
import { timelineOf } from './timeline.ts'

test('whole clusters under faults: nothing lost, nothing twice, all settles', async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const result = await runSeed(seed)
    assert.equal(timelineOf(result), '')
    assert.ok(result.acknowledged > 0, `seed ${seed} did something`)
  }
})

const found = [
  [266, 'a roll-out that met another one took the state of an actor for empty'],
  [295, 'a node that had lost its lease passed on what its sender had sent again already'],
  [37, 'of what was on its way to a moved actor, some was passed on and some came back'],
] as const

for (const [seed, what] of found) {
  test(`does not happen again: ${what}`, async () => {
    assert.equal(timelineOf(await runSeed(seed)), '')
  })
}

test('one seed, one history', async () => {
  const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)]
  assert.equal(first.traceHash, again.traceHash)
  assert.notEqual(first.traceHash, other.traceHash)
})

test('a store that forgets the fence is found', async () => {
  const forgetful: WrapPorts = (ports: NodePorts) => {
    const { store } = ports
    const transact: typeof store.transact = (transaction) =>
      store.transact({ ...transaction, checks: [] })
    return { ...ports, store: { ...store, read: store.read, scan: store.scan, transact } }
  }
  let found = 0
  for (let seed = 1; found === 0 && seed <= 200; seed += 1) {
    found = (await runSeed(seed, forgetful)).verdicts.length
  }
  assert.ok(found > 0)
})
