import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import { encode, list, text, u32 } from '../schema/index.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { defineGame } from './game.ts'
import { hostMessage } from './messages.ts'
import { callMessage, testRealm, watched } from './test-kit/test-host.ts'

function hasCode(code: string, detail = '') {
  return (error: unknown) =>
    error instanceof RealmError && error.code === code && error.detail.includes(detail)
}

const path = list(text({ max: 16 }))
/** Calls the first of the path with the rest of it; the last one may never answer. */
const ring = defineActor(
  { state: { n: u32 } },
  {
    calls: {
      visit: call({ path }, { n: u32 }, async (self, { path }): Promise<{ n: number }> => {
        self.state.n += 1
        const [next, ...rest] = path
        if (next === undefined) return { n: self.state.n }
        if (next === 'forever') return new Promise(() => {})
        return self.actor(ring, next).visit({ path: rest })
      }),
    },
  },
)
const game = defineGame({ actors: { ring } })
const addressOf = (key: string) => `actor/ring/${key}`

async function twoNodes(limits = {}) {
  const { clock, join } = testRealm(game, { exclusive: false, limits })
  const [a, b] = [await join('a'), await join('b')]
  await clock.advance(500)
  /** A key whose actor lives at that node. */
  const keyAt = async (node: string): Promise<string> => {
    for (let at = 0; ; at += 1) {
      if ((await a.node.locate(addressOf(`k${at}`))) === node) return `k${at}`
    }
  }
  return { clock, a, b, here: await keyAt('a'), there: await keyAt('b') }
}

describe('calls from node to node', () => {
  it('that would wait for themselves are refused at once, naming the cycle', async () => {
    const { a, here, there } = await twoNodes()
    const cycle = `${addressOf(here)} → ${addressOf(there)} → ${addressOf(here)}`
    const first = watched(a.host.scope.actor(ring, here).visit({ path: [there, here] }))
    await settle()
    assert.ok(hasCode('CALL_CYCLE', cycle)(first.error), String(first.error))
    assert.deepEqual(await a.host.scope.actor(ring, here).visit({ path: [] }), { n: 1 })
    assert.deepEqual(await a.host.scope.actor(ring, there).visit({ path: [] }), { n: 1 })
  })

  it('name only those who are part of the cycle', async () => {
    const { a, here, there } = await twoNodes()
    const outer = a.host.scope.actor(ring, 'outer').visit({ path: [here, there, here] })
    await assert.rejects(outer, (error: RealmError) => !error.detail.includes('outer'))
  })

  it('do not chain without end', async () => {
    const { a, here, there } = await twoNodes({ callDepthMax: 3 })
    const visit = (path: string[]) => a.host.scope.actor(ring, here).visit({ path })
    assert.deepEqual(await visit([there, 'x']), { n: 1 })
    await assert.rejects(visit([there, 'x', 'y']), hasCode('CALL_DEPTH'))
  })

  it('are refused by the node they reach where the one they come from did not look', async () => {
    const { b, a, there } = await twoNodes()
    const address = addressOf(there)
    const ask = (chain: string[]) =>
      a.node.request(b.node.id, hostMessage, {
        address,
        message: callMessage(0),
        chain,
        timeoutMs: 1000,
        hops: 1,
        agoMs: undefined,
      })
    await assert.rejects(ask([address, 'actor/ring/z']), hasCode('CALL_CYCLE', address))
    const long = Array.from({ length: 20 }, (_, index) => `actor/ring/z${index}`)
    await assert.rejects(ask(long), hasCode('CALL_DEPTH'))
  })
})

describe('handlers that call each other’s actors at the same time', () => {
  it('do not wait for the deadline: one call is refused, naming the cycle', async () => {
    const { clock, a, b, here, there } = await twoNodes()
    const crossed = [
      watched(a.host.scope.actor(ring, here).visit({ path: [there] })),
      watched(b.host.scope.actor(ring, there).visit({ path: [here] })),
    ]
    await clock.advance(1000)
    assert.deepEqual(
      crossed.map(({ done }) => done),
      [true, true],
    )
    const [failed, ...more] = crossed.filter(({ error }) => error !== undefined)
    assert.ok(hasCode('CALL_CYCLE', ' → ')(failed?.error))
    assert.deepEqual(more, [], 'the other call goes through')
    const [done] = crossed.filter(({ error }) => error === undefined)
    assert.deepEqual(done?.value, { n: 1 }, 'what the refused one had done is undone')
  })

  it('however many they are, on one node or on several', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 6 }), fc.nat({ max: 3 }), async (count, deep) => {
        const { clock, a, b } = await twoNodes()
        const keys = Array.from({ length: count }, (_, at) => `c${at}`)
        // Each goes by some actors of its own before it comes to the next one of the circle.
        const own = (at: number): string[] =>
          Array.from({ length: deep }, (_, step) => `own-${at}-${step}`)
        const calls = keys.map((key, at) => {
          const { scope } = (at % 2 === 0 ? a : b).host
          const next = keys[(at + 1) % count] as string
          return watched(scope.actor(ring, key).visit({ path: [...own(at), next] }))
        })
        await clock.advance(2500)
        assert.ok(calls.every(({ done }) => done))
        const failed = calls.filter(({ error }) => error !== undefined)
        assert.ok(failed.length <= 1, 'a circle is broken once')
        for (const { error } of failed) assert.ok(hasCode('CALL_CYCLE')(error))
        for (const { host, node } of [a, b]) await host.stop().then(() => node.close())
      }),
      { numRuns: 25 },
    )
  })
})

describe('a deadline', () => {
  it('is passed on: no call outlives the one that made it', async () => {
    const { clock, a, b, here, there } = await twoNodes()
    const input = { path: [there, 'forever'] }
    const bytes = ring.inputs[0]
    assert.ok(bytes)
    const message = callMessage(0, encode(bytes, input))
    const outer = watched(a.host.send(addressOf(here), message, { timeoutMs: 2500 }))
    await clock.advance(2000)
    assert.equal(outer.done, false)
    const behind = watched(
      b.host.send(addressOf(there), callMessage(0, encode(bytes, { path: [] }))),
    )
    await clock.advance(2500)
    assert.ok(hasCode('DEADLINE')(outer.error))
    // The handler in between was told as well, so its actor is free again.
    assert.deepEqual(await a.host.scope.actor(ring, here).visit({ path: [] }), { n: 1 })
    assert.equal(behind.done, false, 'the one that never answers is still at it')
  })

  it('bounds all attempts together', async () => {
    const { clock, a, b, there } = await twoNodes()
    b.store.cut = true
    const asked = watched(
      a.host.send(addressOf(there), callMessage(0, Uint8Array.of(0)), { timeoutMs: 1500 }),
    )
    await clock.advance(1700)
    assert.ok(asked.done, 'it is told in time, whatever became of it')
  })
})
