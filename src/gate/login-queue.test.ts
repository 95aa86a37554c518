import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultGateLimits } from './limits.ts'
import { LoginQueue, type Queued } from './login-queue.ts'
import { seededRandom } from './test-kit/fake-node.ts'
import { fixture } from './test-kit/fixture.ts'
import { VirtualClock } from './test-kit/virtual-clock.ts'

const { admissionsPerSecondMax } = defaultGateLimits

function scene(limits: Partial<typeof defaultGateLimits> = {}) {
  const clock = new VirtualClock()
  const state = { room: 1_000_000 }
  const queue = new LoginQueue({
    clock,
    random: seededRandom(1),
    limits: { ...defaultGateLimits, admissionsPerSecondMax: 10, ...limits },
    room: () => state.room,
  })
  queue.start()
  return { clock, queue, state }
}

describe('the queue of logins', () => {
  test('is empty while logins come no faster than they are let in', async () => {
    const { clock, queue } = scene()
    for (let n = 0; n < 100; n += 1) {
      assert.equal(queue.admit(undefined), undefined)
      await clock.advance(100)
    }
    assert.equal(queue.size, 0)
  })

  test('lets in whoever came first, each at its turn, whatever the order they ask in', async () => {
    const { clock, queue } = scene()
    for (let n = 0; n < 10; n += 1) assert.equal(queue.admit(undefined), undefined)
    const places = Array.from({ length: 50 }, () => queue.admit(undefined) as Queued)
    assert.deepEqual(places.map(({ place }) => place).slice(0, 3), [1, 2, 3])
    assert.equal(places[49]?.estimateMs, 5000)
    const admitted: number[] = []
    for (let step = 0; step < 60; step += 1) {
      await clock.advance(100)
      for (const [index, { token }] of [...places.entries()].reverse()) {
        if (!admitted.includes(index) && queue.admit(token) === undefined) admitted.push(index)
      }
      if (step === 20) assert.ok(queue.admit(undefined) !== undefined, 'who comes late waits')
    }
    assert.deepEqual(
      admitted,
      Array.from({ length: 50 }, (_, index) => index),
    )
  })

  test('calls nobody while there is no room, and fewer while the loop lags', async () => {
    const { clock, queue, state } = scene()
    state.room = 0
    const { token } = queue.admit(undefined) as Queued
    await clock.advance(10_000)
    assert.equal(queue.admit(token)?.place, 1)
    state.room = 1
    assert.equal(queue.admit(token), undefined)
    assert.equal(queue.admit(undefined)?.place, 1, 'the room is promised')
  })

  test('keeps a place for two minutes after it was last asked for', async () => {
    const { clock, queue, state } = scene()
    state.room = 0
    const [first, second] = [queue.admit(undefined) as Queued, queue.admit(undefined) as Queued]
    await clock.advance(100_000)
    assert.equal(queue.admit(second.token)?.place, 2)
    await clock.advance(30_000)
    assert.equal(queue.knows(first.token), false)
    assert.equal(queue.knows(second.token), true)
    state.room = 100
    assert.equal(queue.admit(second.token), undefined)
  })

  test('keeps the room for whoever was called and asks late: others got it', async () => {
    const { clock, queue, state } = scene()
    state.room = 0
    const places = [1, 2, 3].map(() => queue.admit(undefined) as Queued)
    state.room = 2
    await clock.advance(20_000)
    assert.equal(queue.admit(places[2]?.token)?.place, 1)
    assert.equal(queue.admit(undefined)?.place, 2)
    assert.equal(queue.admit(places[1]?.token), undefined)
    state.room = 1
    await clock.advance(20_000)
    assert.equal(queue.admit(places[2]?.token)?.place, 1, 'the first may still come')
    await clock.advance(100_000)
    assert.equal(queue.admit(places[2]?.token), undefined, 'it has not')
  })

  test('takes neither forged tokens nor the same one twice', async () => {
    const { clock, queue, state } = scene()
    state.room = 0
    const places = [1, 2, 3].map(() => queue.admit(undefined) as Queued)
    const [, signed = ''] = (places[2]?.token ?? '').split('.')
    const forged = [
      `1.${signed}`,
      `0.${signed}`,
      '1.',
      '',
      7,
      null,
      {},
      `1e0.${signed}`,
      `-1.${signed}`,
    ]
    for (const token of forged) assert.equal(queue.knows(token), false)
    assert.equal(queue.admit(`1.${signed}`)?.place, 4, 'it gets in at the end')
    state.room = 1
    assert.equal(queue.admit(places[0]?.token), undefined)
    assert.equal(queue.knows(places[0]?.token), false)
    await clock.advance(100)
  })

  test('is bounded', () => {
    const { queue, state } = scene({ queueMax: 3 })
    state.room = 0
    for (let n = 0; n < 3; n += 1) queue.admit(undefined)
    assert.throws(() => queue.admit(undefined), { code: 'QUEUE_FULL' })
  })

  test('answers logins over HTTP with a place, and asking again is no other login', async () => {
    const limits = { admissionsPerSecondMax: 1, loginsBurstMax: 3, loginsPerSecondMax: 0.01 }
    const gate = await fixture({ limits })
    const login = async (body: object) => {
      const answer = await gate.http('POST', '/realm/login', body)
      return { status: answer.status, json: JSON.parse(String(answer.body)) }
    }
    assert.equal((await login({ guest: 'Ada' })).status, 200)
    const { status, json } = await login({ guest: 'Bob' })
    assert.equal(status, 202)
    assert.equal(json.queued.place, 1)
    const again = { guest: 'Bob', queue: json.queued.token }
    for (let n = 0; n < 5; n += 1) assert.equal((await login(again)).status, 202)
    await gate.clock.advance(1100)
    assert.equal((await login(again)).status, 200)
    const late = await login(again)
    assert.equal(late.status, 202, 'a place serves once')
  })

  test('stands twenty thousand logins in ten seconds', async () => {
    const { clock, queue } = scene({ admissionsPerSecondMax })
    const waiting: string[] = []
    let admitted = 0
    for (let step = 0; step < 100; step += 1) {
      for (let n = 0; n < 200; n += 1) {
        const queued = queue.admit(undefined)
        if (queued === undefined) admitted += 1
        else waiting.push(queued.token)
      }
      await clock.advance(100)
    }
    assert.equal(admitted + waiting.length, 20_000)
    assert.ok(admitted >= 20 && waiting.length > 10_000)
    // All are in before a place that nobody asked for would be lost.
    for (let second = 0; second < 100; second += 1) {
      for (const [index, token] of waiting.entries()) {
        if (token !== '' && index % 10 === second % 10 && queue.admit(token) === undefined) {
          waiting[index] = ''
          admitted += 1
        }
      }
      await clock.advance(1000)
    }
    assert.equal(admitted, 20_000)
  })

  test('keeps twenty thousand places in order for two minutes', async () => {
    const { clock, queue, state } = scene({ admissionsPerSecondMax })
    state.room = 0
    const waiting: string[] = []
    for (let step = 0; step < 100; step += 1) {
      for (let n = 0; n < 200; n += 1) {
        const { place, token } = queue.admit(undefined) as Queued
        waiting.push(token)
        assert.equal(place, waiting.length)
      }
      await clock.advance(100)
    }
    // Every other one asks again at the last moment, the others keep silent.
    await clock.advance(109_000)
    for (const [index, token] of waiting.entries()) {
      if (index % 2 === 0) assert.equal(queue.admit(token)?.place, index + 1)
    }
    await clock.advance(25_000)
    assert.equal(queue.size, 10_000)
    assert.ok(waiting.every((token, index) => queue.knows(token) === (index % 2 === 0)))
    state.room = 20_000
    let called = 0
    for (let second = 0; second < 51; second += 1) {
      await clock.advance(1000)
      while (called < waiting.length) {
        if (called % 2 === 0 && queue.admit(waiting[called]) !== undefined) break
        called += 1
      }
      const rest = waiting.slice(called).filter((_, index) => (called + index) % 2 === 0)
      const behind = rest.slice(1, 50)
      assert.ok(behind.every((token) => queue.admit(token) !== undefined))
    }
    assert.equal(called, waiting.length)
  })

  test('lets no more than a few in at once, however long nobody came', async () => {
    const { clock, queue } = scene({ admissionsPerSecondMax: 500, admissionsBurstMax: 20 })
    await clock.advance(60_000)
    let admitted = 0
    for (let n = 0; n < 1000; n += 1) if (queue.admit(undefined) === undefined) admitted += 1
    assert.equal(admitted, 20)
  })
})
