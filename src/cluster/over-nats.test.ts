import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { natsBus } from '../bus/index.ts'
import { startNatsServer } from '../bus/test-kit/nats-server.ts'
import { until, waitMs } from '../bus/test-kit/wait.ts'
import { silentLog, systemClock, systemRandom } from '../ports/index.ts'
import { record, u32 } from '../schema/index.ts'
import { memoryStore } from '../store/index.ts'
import { createNode } from './create-node.ts'
import { nodeCrypto } from './identity.ts'
import { defineMessage } from './message.ts'
import { FaultyStore } from './test-kit/index.ts'

const Value = record({ n: u32 })
const note = defineMessage('note', Value)
const double = defineMessage('double', Value, Value)

describe('links over NATS', () => {
  it('lose nothing when the server is killed and starts again', async (test) => {
    const server = await startNatsServer()
    test.after(() => server.close())
    const store = memoryStore()
    const join = async (id: string) => {
      const [clock, random] = [systemClock(), systemRandom()]
      const node = await createNode({
        ...{ id, clock, random, log: silentLog, crypto: nodeCrypto() },
        bus: natsBus({ servers: server.url, clock, random }),
        store: new FaultyStore(store, { exclusive: false }),
      })
      test.after(() => node.close())
      return node
    }
    const [a, b] = [await join('logic-1'), await join('logic-2')]
    const seen: number[] = []
    b.serve(note, (_from, { n }) => void seen.push(n))
    b.serve(double, (_from, { n }) => ({ n: n * 2 }))
    assert.deepEqual(await a.request(b.id, double, { n: 4 }), { n: 8 })
    const count = 600
    for (let n = 0; n < count; n += 1) {
      a.post(b.id, note, { n })
      if (n === 200) await server.stop()
      if (n === 400) await server.start()
      if (n % 10 === 0) await waitMs(5)
    }
    const answer = a.request(b.id, double, { n: 21 })
    await until(() => seen.length === count)
    assert.deepEqual(
      seen,
      Array.from({ length: count }, (_, n) => n),
    )
    assert.deepEqual(await answer, { n: 42 })
  })
})
