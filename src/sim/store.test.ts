import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { TransactionResult, Transfer } from '../ports/index.ts'
import { simWorld } from './world.ts'

const pay = (id: string, from: string, to: string, amount: number): Transfer => ({
  id,
  moves: [{ from, to, asset: 'gold', amount }],
})

describe('simulation, the ledger', () => {
  it('moves once what is asked for until it is answered, whatever is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const faults = { storeLossRate: 0.3, storeLostReplyRate: 0.3, storeJitterMs: 5 }
        const world = simWorld(seed, { faults })
        let moved = 0
        const player = async (name: string): Promise<void> => {
          const store = world.process(name).store()
          for (let round = 0; round < 8; round += 1) {
            const transfers = [pay(`${name}/${round}`, 'bank', `player:${name}`, 3)]
            let result: TransactionResult | undefined
            while (!result) {
              const asked = store.transact({ checks: [], writes: [], transfers })
              result = await asked.catch(() => undefined)
            }
            if (result.ok) moved += 3
            assert.ok((await store.ledger.balance('bank', 'gold')) >= 0)
          }
        }
        const bank = world.store()
        world.faults.storeLossRate = 0
        world.faults.storeLostReplyRate = 0
        const transfers = [pay('start', 'source:s', 'bank', 50)]
        await world.until(bank.transact({ checks: [], writes: [], transfers }))
        Object.assign(world.faults, faults)
        await world.until(Promise.all(['a', 'b', 'c'].map(player)))
        assert.equal(moved, 48, 'sixteen of 24 payments found the money')
        assert.equal(await world.until(bank.ledger.balance('bank', 'gold')), 2)
        assert.deepEqual((await world.until(bank.ledger.audit())).findings, [])
      }),
      { numRuns: 20 },
    )
  })

  it('tells the virtual time of a transfer, and keeps it from whoever sleeps', async () => {
    const world = simWorld(1)
    await world.run(5_000)
    const sleeper = world.process('sleeper')
    const store = sleeper.store()
    const transfers = [pay('t1', 'source:s', 'ada', 1)]
    const asked = store.transact({ checks: [], writes: [], transfers })
    let answered = false
    void asked.then(() => {
      answered = true
    })
    sleeper.pause()
    await world.run(1_000)
    assert.equal(answered, false)
    const made = await world.until(world.store().ledger.transfer('t1'))
    const lateMs = (made?.wallMs ?? 0) - world.clock.wallMs()
    assert.ok(lateMs > -1_100 && lateMs < -990, `${lateMs}`)
    sleeper.resume()
    await world.run(0)
    assert.equal(answered, true)
  })
})
