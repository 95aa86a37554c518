import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../ports/index.ts'
import type { Delivery } from './behaviour.ts'
import { EventLog } from './event-log.ts'
import { readEventTail, writeEventTail } from './event-record.ts'

let nowMs = 0
const clock = { now: () => nowMs } as Clock
const to = (...players: string[]): Delivery['to'] =>
  players.map((id) => ({ session: `s-${id}`, gate: 'g', player: { id, name: id } }))
const event = (event: number, ...players: string[]): Delivery => {
  return { kind: 'event', to: to(...players), event, payload: new Uint8Array(10) }
}
const at = (epoch: number, number: number) => ({ epoch, number })

test('a log tells each player what it was told since, in order', () => {
  const log = new EventLog(5, clock, undefined)
  for (const number of [1, 2, 3]) assert.deepEqual(log.add(event(number, 'ada')), at(5, number))
  log.add({ ...event(4, 'bob'), everyone: true })
  const of = (player: string, epoch: number, number: number) =>
    log.since(player, at(epoch, number)).events.map((kept) => kept.event)
  assert.deepEqual(of('ada', 5, 1), [2, 3, 4])
  assert.deepEqual(of('bob', 5, 1), [4])
  assert.deepEqual(of('ada', 5, 4), [])
  assert.deepEqual(of('ada', 5, 99), [], 'more than there is')
  assert.deepEqual(of('ada', 3, 99), [1, 2, 3, 4], 'those of a former owner come before')
  assert.deepEqual(of('ada', 9, 1), [], 'this one is the former owner')
  log.undo(2)
  assert.deepEqual(of('ada', 5, 1), [2])
  assert.deepEqual(log.add(event(7, 'ada')), at(5, 3), 'what came to nothing has no number')
})

test('a log keeps so many events, bytes and milliseconds, and says what may be missing', () => {
  const log = new EventLog(1, clock, undefined)
  for (let number = 1; number <= 600; number += 1) log.add(event(number, 'ada'))
  assert.equal(log.since('ada', at(1, 10)).complete, false)
  assert.equal(log.since('ada', at(1, 0)).complete, false)
  const { events, complete } = log.since('ada', at(1, 88))
  assert.deepEqual([events[0]?.mark, events.length, complete], [at(1, 89), 512, true])
  nowMs += 61_000
  log.add(event(0, 'ada'))
  assert.equal(log.since('ada', at(1, 88)).events.length, 1)
  log.add({ ...event(0, 'ada'), payload: new Uint8Array(300_000) })
  assert.equal(log.since('ada', at(1, 88)).events.length, 0)
})

test('the next owner tells what the former one has left, and then its own', () => {
  const former = new EventLog(3, clock, undefined)
  for (const number of [1, 2]) former.add(event(number, 'ada', 'bob'))
  former.add(event(3, 'bob'))
  const left = former.whole()
  const next = new EventLog(8, clock, left && readEventTail(writeEventTail(left)))
  next.add(event(4, 'ada'))
  const { events, complete } = next.since('ada', at(3, 1))
  assert.deepEqual(
    events.map(({ mark }) => mark),
    [at(3, 2), at(8, 1)],
  )
  assert.equal(complete, true)
  assert.deepEqual(
    next.since('bob', at(3, 0)).events.map((kept) => kept.event),
    [1, 2, 3],
  )
})

test('where a former owner has left nothing, only who has heard of it may lack something', () => {
  const log = new EventLog(8, clock, undefined)
  assert.equal(log.whole(), undefined)
  assert.equal(log.since('ada', at(3, 7)).complete, false)
  assert.equal(log.since('ada', at(3, 0)).complete, true)
  assert.equal(log.since('ada', at(8, 0)).complete, true)
})

test('what is left with each commit is little, and says where it begins', () => {
  const log = new EventLog(2, clock, undefined)
  for (let number = 1; number <= 100; number += 1) log.add(event(number, 'ada'))
  const { floor, events } = log.latest()
  assert.deepEqual([floor, events.length], [at(2, 36), 64])
  nowMs += 21_000
  log.add(event(0, 'ada'))
  assert.deepEqual([log.latest().floor, log.latest().events.length], [at(2, 100), 1])
})

test('who has a mark from before something that was not kept learns that it is lost', () => {
  const log = new EventLog(5, clock, undefined)
  log.add(event(1, 'ada'))
  assert.notEqual(log.skip(), undefined)
  assert.equal(log.skip(), undefined, 'nobody has a mark from in between')
  assert.equal(log.since('ada', at(5, 0)).complete, false)
  assert.equal(log.since('ada', at(5, 1)).complete, false)
  const mark = log.give()
  assert.equal(log.since('ada', mark).complete, true)
  log.skip()?.()
  assert.equal(log.since('ada', mark).complete, true, 'it came to nothing')
  log.add(event(2, 'ada'))
  const next = new EventLog(8, clock, readEventTail(writeEventTail(log.latest())))
  assert.deepEqual(
    next.since('ada', at(5, 1)).events.map((kept) => kept.event),
    [2],
  )
  assert.equal(next.since('ada', at(5, 1)).complete, false, 'the next owner knows it')
  assert.equal(next.since('ada', mark).complete, true)
  next.skip()
  assert.equal(next.since('ada', mark).complete, false, 'marks of former owners count')
})
