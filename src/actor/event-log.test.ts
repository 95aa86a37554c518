import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../ports/index.ts'
import type { Delivery } from './behaviour.ts'
import { EventLog } from './event-log.ts'

let nowMs = 0
const clock = { now: () => nowMs } as Clock
const to = (...players: string[]): Delivery['to'] =>
  players.map((id) => ({ session: `s-${id}`, gate: 'g', player: { id, name: id } }))
const event = (event: number, ...players: string[]): Delivery => {
  return { kind: 'event', to: to(...players), event, payload: new Uint8Array(10) }
}

test('a log tells each player what it was told since, in order', () => {
  const log = new EventLog(5, clock)
  for (const number of [1, 2, 3]) assert.equal(log.add(event(number, 'ada', 'bob')), number)
  log.add(event(4, 'bob'))
  const of = (player: string, epoch: number, number: number) =>
    log.since(player, { epoch, number }).events.map((kept) => kept.event)
  assert.deepEqual(of('ada', 5, 1), [2, 3])
  assert.deepEqual(of('bob', 5, 1), [2, 3, 4])
  assert.deepEqual(of('bob', 5, 4), [])
  assert.deepEqual(of('bob', 5, 99), [], 'more than there is')
  assert.deepEqual(of('ada', 3, 99), [1, 2, 3], 'those of a former owner come before')
  assert.deepEqual(of('ada', 9, 1), [], 'this one is the former owner')
  assert.deepEqual(of('eve', 0, 0), [])
})

test('a log keeps so many events, bytes and milliseconds, and says what may be missing', () => {
  const log = new EventLog(1, clock)
  for (let number = 1; number <= 600; number += 1) log.add(event(number, 'ada'))
  assert.equal(log.since('ada', { epoch: 1, number: 10 }).complete, false)
  const { events, complete } = log.since('ada', { epoch: 1, number: 88 })
  assert.deepEqual([events[0]?.number, events.length, complete], [89, 512, true])
  nowMs += 61_000
  log.add(event(0, 'ada'))
  assert.equal(log.since('ada', { epoch: 1, number: 88 }).events.length, 1)
  log.add({ ...event(0, 'ada'), payload: new Uint8Array(300_000) })
  assert.equal(log.since('ada', { epoch: 1, number: 88 }).events.length, 0)
})
