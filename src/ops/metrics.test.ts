import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { metricsOf } from './metrics.ts'
import type { NodeFigures, ProcessStatus } from './status.ts'

const figures: NodeFigures = {
  ...{ node: 'all.x', roles: ['gate', 'world'], version: 'a1b2c3d', cpu: 0.5, memoryBytes: 1024 },
  ...{ players: 3, rooms: 0, worlds: 1, actors: 2, messagesPerSecond: 1, tickP99Ms: 4 },
  ...{ lagP99Ms: 2, crashes: 0, parked: 0, gate: { connected: 3, framesSkipped: 7 } },
  worldFigures: [{ world: 'frontier/main', figures: { desyncs: 5, dilation: 1.5, pressure: 3 } }],
}
const alive: ProcessStatus = {
  ...{
    name: 'all',
    roles: ['gate', 'world'],
    state: 'ready',
    pid: 4711,
    upSeconds: 75,
    port: 7777,
  },
  ...{ restarts: 2, figures },
}

describe('metrics', () => {
  it('tell of processes, worlds and gates', () => {
    const lines = metricsOf([alive]).split('\n')
    const world = '{process="all",world="frontier/main"}'
    for (const line of [
      'realmkit_process_up{process="all"} 1',
      'realmkit_process_restarts_total{process="all"} 2',
      'realmkit_players{process="all"} 3',
      `realmkit_world_desyncs_total${world} 5`,
      `realmkit_world_dilation${world} 1.5`,
      `realmkit_world_pressure${world} 3`,
      'realmkit_gate_frames_skipped_total{process="all"} 7',
      '# TYPE realmkit_world_desyncs_total counter',
      '# TYPE realmkit_players gauge',
    ]) {
      assert.ok(lines.includes(line), line)
    }
  })

  it('are one line each: what it means, its type, then every sample', () => {
    const text = metricsOf([alive, { ...alive, name: 'other' }])
    const seen = new Set<string>()
    let current = ''
    for (const line of text.trimEnd().split('\n')) {
      const [, what, name] = /^# (HELP|TYPE) (\w+) ./.exec(line) ?? []
      if (what === 'HELP') {
        assert.ok(name !== undefined && !seen.has(name), `${name} comes twice`)
        seen.add(name)
        current = name
      } else if (what === 'TYPE') assert.equal(name, current)
      else assert.match(line, new RegExp(`^${current}\\{process="(all|other)"[^}]*\\} [0-9.]+$`))
    }
  })

  it('say that a process does not answer, and keep odd names apart', () => {
    const silent: ProcessStatus = { ...alive, name: 'a"b\\c\nd', figures: undefined }
    const samples = metricsOf([silent])
      .split('\n')
      .filter((line) => !line.startsWith('#') && line !== '')
    assert.deepEqual(samples, [
      'realmkit_process_up{process="a\\"b\\\\c\\nd"} 0',
      'realmkit_process_restarts_total{process="a\\"b\\\\c\\nd"} 2',
    ])
  })
})
