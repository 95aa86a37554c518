import assert from 'node:assert/strict'
import { it } from 'node:test'
import { u32 } from '../schema/index.ts'
import type { Delivery, HostMessage } from './behaviour.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { defineGame } from './game.ts'
import { callMessage, joinMessage, kindsOf, memberOf, testRealm } from './test-kit/test-host.ts'

const bell = defineActor(
  { state: { rung: u32 }, events: { rang: { n: u32 } }, watch: 'anyone' },
  {
    calls: {
      ring: call({}, {}, (self) => {
        self.state.rung += 1
        self.emit('rang', { n: self.state.rung })
        return {}
      }),
      /** Changes nothing but what is told. */
      knock: call({}, {}, (self) => {
        self.emit('rang', { n: 0 })
        return {}
      }),
    },
  },
)
const address = 'actor/bell/b'

/** Somebody watches, hears one event and is given up; so long after, another event is told. */
async function comesBackAfter(awayMs: number, method: 0 | 1): Promise<Delivery['kind'][]> {
  const realm = testRealm(defineGame({ actors: { bell } }))
  const { host, deliveries } = await realm.join()
  await host.send(address, joinMessage(memberOf('s.1', 'ada')))
  await host.send(address, callMessage(0))
  await host.send(address, { op: 'leave', session: 's.1' })
  const seen = deliveries.at(-1)?.mark ?? { epoch: 0, number: 0 }
  assert.equal(seen.number, 1)
  await realm.clock.advance(awayMs)
  await host.send(address, callMessage(method))
  await host.send(address, callMessage(method))
  deliveries.length = 0
  const again = { ...joinMessage(memberOf('s.2-1', 'ada')), seen: { ...seen, sequence: 0 } }
  await host.send(address, again as HostMessage)
  return kindsOf(deliveries)
}

it('keeps events for a while where nobody watches any more', async () => {
  assert.deepEqual(await comesBackAfter(15_000, 0), ['full', 'event', 'event'])
})

it('tells who comes back later that events are lost', async () => {
  assert.deepEqual(await comesBackAfter(25_000, 0), ['full', 'fail'])
  assert.deepEqual(await comesBackAfter(25_000, 1), ['full', 'fail'])
})
