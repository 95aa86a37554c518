import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { busConformance } from '../ports/conformance/bus.ts'
import { silentLog } from '../ports/index.ts'
import { memoryBus } from './memory.ts'

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

async function turns(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await turn()
}

busConformance('memory', () => ({ bus: memoryBus(), settle: () => turns(20) }))

describe('memory bus', () => {
  it('loses what comes on top of its limit', async () => {
    const bus = memoryBus({ pendingMessagesMax: 3 })
    let received = 0
    const a = await bus.join('a', () => {})
    await bus.join('b', () => {
      received += 1
    })
    for (let index = 0; index < 10; index += 1) a.send('b', new Uint8Array(1))
    await turns(2)
    assert.equal(received, 3)
    a.send('b', new Uint8Array(1))
    await turns(2)
    assert.equal(received, 4)
  })

  it('lets sockets and timers run while nodes chatter without end', async () => {
    const bus = memoryBus()
    let exchanged = 0
    let stop = false
    const a = await bus.join('a', (_, bytes) => {
      exchanged += 1
      if (!stop) a.send('b', bytes)
    })
    const b = await bus.join('b', (_, bytes) => b.send('a', bytes))
    a.send('b', new Uint8Array(1))
    await turns(10)
    stop = true
    assert.ok(exchanged >= 1024, `chatter goes on across turns: ${exchanged}`)
    await turns(2)
    const after = exchanged
    await turns(5)
    assert.equal(exchanged, after)
  })

  it('reports a receiver that throws', async () => {
    const reports: object[] = []
    const bus = memoryBus({ log: { ...silentLog, error: (fields) => reports.push(fields) } })
    const a = await bus.join('a', () => {
      throw new Error('A receiver failed on purpose.')
    })
    a.send('a', new Uint8Array(1))
    await turns(2)
    assert.equal(reports.length, 1)
  })
})
