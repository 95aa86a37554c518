import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Turns } from './turns.ts'

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function collector(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(now: boolean): void } }
  if (Bun !== undefined) return () => Bun.gc(true)
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

describe('work spread over turns', () => {
  it('is done at once while there is little of it', () => {
    const turns = new Turns(3)
    const done: number[] = []
    for (let n = 0; n < 3; n += 1) assert.ok(turns.take(() => done.push(n)))
    assert.deepEqual(done, [0, 1, 2])
  })

  it('keeps its order, and never is more in a turn than it may be', async () => {
    const turns = new Turns(3)
    const done: number[] = []
    let taken = 0
    const take = (): void => {
      const n = taken
      taken += 1
      assert.ok(turns.take(() => done.push(n)))
    }
    for (let n = 0; n < 4_000; n += 1) take()
    for (let before = done.length; done.length < taken; before = done.length) {
      await turn()
      assert.ok(done.length > before && done.length - before <= 3)
      // More comes meanwhile, for a while, and goes to the end.
      if (taken < 5_000) take()
    }
    assert.deepEqual(
      done,
      Array.from({ length: taken }, (_, n) => n),
    )
  })

  it('is not held once it is done: requests grew old in the list', async () => {
    const collect = collector()
    const turns = new Turns(1)
    const held = Array.from({ length: 10 }, () => {
      const request = { bytes: new Uint8Array(1_000) }
      turns.take(() => void request.bytes.fill(1))
      return new WeakRef(request)
    })
    for (let n = 0; n < 5; n += 1) await turn()
    collect()
    const alive = held.filter((request) => request.deref() !== undefined).length
    assert.ok(alive > 0 && alive <= 5, `${alive} of 10, of which half are done`)
  })

  it('is refused where too much waits, and taken again later', async () => {
    const turns = new Turns(1)
    let refused = 0
    let done = 0
    const work = (): void => {
      done += 1
    }
    for (let n = 0; n < 20_000; n += 1) if (!turns.take(work)) refused += 1
    assert.ok(refused > 0 && refused < 20_000)
    await turn()
    assert.ok(turns.take(work))
    while (done + refused <= 20_000) await turn()
  })
})
