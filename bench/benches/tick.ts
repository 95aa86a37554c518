import { type Bench, progress } from '../lib/bench.ts'
import { checkSight } from '../rig/check.ts'
import { measureTicks, tickFigures } from '../rig/measure.ts'
import { type Findings, options, report } from '../rig/report.ts'
import { startRig } from '../rig/rig.ts'
import { walkers } from '../rig/walkers.ts'

const SIDE_METRES = 2_000
const VIEW_METRES = 100
const REACH_P99_MS = 10

const defaults = { entities: 10_000, viewers: 1_000, ticks: 1_200, 'warm-up': 200 }

async function scene(name: string, of: typeof defaults, persist: boolean): Promise<Findings> {
  progress(name)
  const extras = of.entities - of.viewers
  const game = walkers({ side: SIDE_METRES, viewRadius: VIEW_METRES, extras, persist })
  const rig = await startRig(game)
  await rig.join(of.viewers)
  const found = await measureTicks(rig, { warmUp: of['warm-up'], ticks: of.ticks })
  const { wrong, inViewMean } = checkSight(rig)
  await rig.close()
  const inView = { what: 'in view, mean', key: 'inViewMean', unit: '', value: inViewMean }
  return { scene: name, wrong, figures: [...tickFigures(found, { p99Ms: REACH_P99_MS }), inView] }
}

export const bench: Bench = {
  about:
    'One tick of a large world on one thread: movement, interest, encoding, frames; no sockets.',
  usage: '[--json] [--entities 10000] [--viewers 1000] [--ticks 1200] [--warm-up 200]',
  needsPeers: false,
  run: async (args) => {
    const of = options(args, defaults)
    const findings = [
      await scene('with checkpoints', of, true),
      await scene('without checkpoints', of, false),
    ]
    return report('tick', findings, of.json)
  },
}
