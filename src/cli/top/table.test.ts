import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { NodeFigures, ProcessStatus } from '../../ops/index.ts'
import { age, shortCount, tableOf } from './table.ts'

const figures: NodeFigures = {
  ...{ node: 'gate.x', roles: ['gate'], version: 'a1b2c3d', cpu: 0.123, memoryBytes: 93 * 2 ** 20 },
  ...{ players: 1200, rooms: 0, worlds: 0, actors: 0, messagesPerSecond: 12_345.6 },
  ...{ tickP99Ms: 0, lagP99Ms: 120.04, crashes: 0, parked: 0, worldFigures: [], gate: undefined },
}
const gate: ProcessStatus = {
  ...{ name: 'gate', roles: ['gate'], state: 'ready', pid: 4711, upSeconds: 75, port: 7777 },
  ...{ restarts: 0, figures },
}
const logic: ProcessStatus = {
  ...{ name: 'logic', roles: ['logic'], state: 'parked', pid: undefined, upSeconds: undefined },
  ...{ port: undefined, restarts: 5, figures: undefined },
}
const status = { name: 'frontier', processes: [gate, logic] }
const at = (width: number, colours = false): string[] =>
  tableOf(status, { width, colours, time: '12:03:44' })

describe('the picture of a run', () => {
  it('has a line for each process, with what it tells', () => {
    const [heading = '', , titles = '', one = '', two = ''] = at(200)
    assert.match(heading, /^ {2}frontier · 1 of 2 processes ready · 1200 players · .*12:03:44$/)
    assert.match(titles, /process +state +roles +pid +port +up +cpu +memory +players/)
    assert.match(one, /gate +ready +gate +4711 +7777 +1m +12 % +93 MB +1200 .* 12\.3k .* 120\.0 /)
    assert.match(two, /logic +parked +logic +– .* 5$/)
  })

  it('lines up, and is no wider than the terminal', () => {
    for (const width of [30, 46, 80, 100, 132, 200]) {
      const lines = at(width)
      for (const line of lines) assert.ok(line.length <= width, `${width}: ${line.length}`)
      assert.equal(lines[3]?.length, lines[2]?.length)
      assert.match(lines[3] ?? '', /gate +ready/)
    }
  })

  it('is the same with and without colours, but for these', () => {
    const coloured = at(120, true)
    assert.notDeepEqual(coloured, at(120))
    assert.deepEqual(coloured.map(stripVTControlCharacters), at(120))
  })
})

it('keeps numbers and times short', () => {
  assert.deepEqual([0, 9999, 10_000, 4_120_000].map(shortCount), ['0', '9999', '10.0k', '4.1M'])
  assert.deepEqual([0, 59, 60, 3660, 200_000].map(age), ['0s', '59s', '1m', '1h01m', '2d'])
})
