import { type Bench, progress } from '../lib/bench.ts'
import { checkSight } from '../rig/check.ts'
import type { StubClient } from '../rig/client.ts'
import { type Findings, options, report } from '../rig/report.ts'
import { startRig } from '../rig/rig.ts'
import { strollers } from '../rig/strollers.ts'

const SIDE_METRES = 312
const VIEW_METRES = 60
const REACH_BITS = 24
const WARM_UP_TICKS = 100
const BITS = 8

const defaults = { avatars: 1_000, minutes: 10 }

async function scene(
  name: string,
  of: typeof defaults,
  precision: number | undefined,
): Promise<Findings> {
  progress(name)
  const fine = precision === undefined ? {} : { precision }
  const game = strollers({ side: SIDE_METRES, viewRadius: VIEW_METRES, ...fine })
  const rig = await startRig(game)
  await rig.join(of.avatars)
  const run = async (ticks: number): Promise<void> => {
    for (let tick = 0; tick < ticks; tick += 1) {
      rig.tick()
      await rig.rest()
    }
  }
  await run(WARM_UP_TICKS)
  const samples = rig.clients.filter(({ stream }) => stream !== undefined)
  const total = (of: (client: StubClient) => number): number =>
    samples.reduce((sum, client) => sum + of(client), 0)
  const totals = () => ({
    added: total(({ told }) => told.added),
    changed: total(({ told }) => told.changed),
    frameBytes: total(({ told }) => told.frameBytes),
    deltaBytes: total(({ told }) => told.deltaBytes),
  })
  const before = totals()
  const ticks = of.minutes * 60 * game.tickHz
  await run(ticks)
  const after = totals()
  const { wrong } = checkSight(rig)
  await rig.close()
  const changed = after.changed - before.changed
  const each = (key: 'frameBytes' | 'deltaBytes'): number =>
    ((after[key] - before[key]) * BITS) / changed
  const views = samples.length * ticks
  const figures = [
    {
      ...{ what: 'a changed avatar', key: 'deltaBits', unit: 'bits' },
      ...{ value: each('deltaBytes'), reach: REACH_BITS },
    },
    {
      ...{ what: 'the same, with whoever comes into view and frame heads', key: 'allBits' },
      ...{ unit: 'bits', value: each('frameBytes') },
    },
    { what: 'changed in a frame', key: 'changedMean', unit: '', value: changed / views },
    {
      ...{ what: 'came into view in a frame', key: 'addedMean', unit: '' },
      value: (after.added - before.added) / views,
    },
  ]
  return { scene: name, wrong, figures }
}

export const bench: Bench = {
  about: 'Bits that tell of one avatar’s change, over ten minutes of bots that stroll about.',
  usage: '[--json] [--avatars 1000] [--minutes 10]',
  needsPeers: false,
  run: async (args) => {
    const of = options(args, defaults)
    const findings = [
      await scene('steps of 1/64 m, the default', of, undefined),
      await scene('steps of 1/32 m', of, 1 / 32),
    ]
    return report('snapshot', findings, of.json)
  },
}
