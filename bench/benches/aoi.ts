import { type Bench, progress } from '../lib/bench.ts'
import { median } from '../lib/stats.ts'
import { checkSight } from '../rig/check.ts'
import { measureTicks, tickFigures } from '../rig/measure.ts'
import { type Figure, type Findings, options, report } from '../rig/report.ts'
import { startRig } from '../rig/rig.ts'
import { walkers } from '../rig/walkers.ts'

const SIDE_METRES = 2_000
const CAMP_METRES = 100
const VIEW_METRES = 100
/** What a grid in C++ takes for the same, as its authors published it. */
const REFERENCE_MS = { insert: 6.7, move: 94, camp: 3_800 }
const REACH_MS = { insert: 10, move: 10, camp: 100 }
const INSERT_ROUNDS = 15

const defaults = { entities: 10_000, ticks: 100, 'warm-up': 40 }

async function insert(of: typeof defaults): Promise<Findings> {
  progress('insert')
  const game = walkers({ side: SIDE_METRES, viewRadius: VIEW_METRES, moving: false })
  const rig = await startRig(game)
  const took: number[] = []
  for (let round = 0; round < INSERT_ROUNDS; round += 1) {
    game.insert(of.entities)
    rig.tick()
    took.push(game.stepMs)
    await rig.rest()
    game.clear()
    rig.tick()
    await rig.rest()
  }
  const left = [...game.everybody()].length
  const wrong = left === 0 ? [] : [`${left} are left over`]
  await rig.close()
  const ms = (what: string, key: string, value: number): Figure => ({
    what,
    key,
    unit: 'ms',
    value,
  })
  const figures = [
    { ...ms('all spawned, median', 'insertMs', median(took)), reach: REACH_MS.insert },
    ms('the first time, before the engine is warm', 'insertFirstMs', took[0] ?? Number.NaN),
    ms('grid in C++, published', 'referenceMs', REFERENCE_MS.insert),
  ]
  return { scene: 'insert', wrong, figures }
}

async function ticks(scene: 'move' | 'camp', side: number, of: typeof defaults): Promise<Findings> {
  progress(scene)
  const rig = await startRig(walkers({ side, viewRadius: VIEW_METRES }))
  await rig.join(of.entities)
  const run = { warmUp: of['warm-up'], ticks: of.ticks }
  const found = await measureTicks(rig, run)
  const { wrong, inViewMean } = checkSight(rig)
  // Nobody reads: all is known of everybody, and encoded, but no frames are made.
  for (const client of rig.clients) client.bufferedBytes = Number.POSITIVE_INFINITY
  const { p50Ms: knownMs } = await measureTicks(rig, run)
  await rig.close()
  const [p50, ...others] = tickFigures(found, {})
  const figures = [
    { ...(p50 as Figure), reach: REACH_MS[scene] },
    { what: 'the same without frames, median', key: 'knownMs', unit: 'ms', value: knownMs },
    ...others,
    { what: 'in view, mean', key: 'inViewMean', unit: '', value: inViewMean },
    { what: 'grid in C++, published', key: 'referenceMs', unit: 'ms', value: REFERENCE_MS[scene] },
  ]
  return { scene, wrong, figures }
}

export const bench: Bench = {
  about: 'What a published grid in C++ does: 10,000 who all see, spread out and in one place.',
  usage: '[--json] [--entities 10000] [--ticks 100] [--warm-up 40]',
  needsPeers: false,
  run: async (args) => {
    const of = options(args, defaults)
    const findings = [
      await insert(of),
      await ticks('move', SIDE_METRES, of),
      await ticks('camp', CAMP_METRES, of),
    ]
    return report('aoi', findings, of.json)
  },
}
