import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import { decode, encode, record, u32 } from '../schema/index.ts'
import { call } from './call.ts'
import { defineActor } from './define-actor.ts'
import { defineGame } from './game.ts'
import { callMessage, testRealm, watched } from './test-kit/test-host.ts'

const counter = defineActor(
  { state: { count: u32 } },
  {
    calls: {
      add: call({ n: u32 }, { count: u32 }, ({ state }, { n }) => {
        state.count += n
        return { count: state.count }
      }),
    },
  },
)
const address = 'actor/counter/x'
const answer = record({ count: u32 })
const addOne = () => callMessage(0, encode(record({ n: u32 }), { n: 1 }))

/** A host that does not learn who owns the address before some time has passed. */
async function heldFor(ms: number, stillWanted: () => Promise<void>) {
  const { clock, join } = testRealm(defineGame({ actors: { counter } }))
  const { host, node } = await join()
  const known = Promise.withResolvers<void>()
  const locate = node.locate.bind(node)
  Object.assign(node, { locate: () => known.promise.then(() => locate(address)) })
  const sent = watched(host.send(address, addOne(), { stillWanted }))
  await clock.advance(ms)
  known.resolve()
  await settle()
  const count = async (): Promise<number> => {
    const bytes = await host.send(address, addOne())
    return decode(answer, bytes as Uint8Array).count - 1
  }
  return { sent, count }
}

test('a call that was held back does not act where its client has asked elsewhere', async () => {
  const { sent, count } = await heldFor(600, async () => {
    throw new RealmError('SESSION_MOVED')
  })
  assert.equal((sent.error as RealmError).code, 'SESSION_MOVED')
  assert.equal(await count(), 0)
})

test('a call that was held back acts where it is still wanted', async () => {
  let asked = 0
  const { sent, count } = await heldFor(600, async () => {
    asked += 1
  })
  assert.deepEqual([sent.error, asked], [undefined, 1])
  assert.equal(await count(), 1)
})

test('of a call that is on its way at once nobody asks whether it is wanted', async () => {
  const { sent, count } = await heldFor(100, async () => {
    throw new RealmError('SESSION_MOVED')
  })
  assert.equal(sent.error, undefined)
  assert.equal(await count(), 1)
})
