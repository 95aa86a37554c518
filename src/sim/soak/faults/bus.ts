import type { Draw } from '../draw.ts'
import type { Stage } from '../stage.ts'
import { type Fault, toNode, weather } from './fault.ts'

export const busFaults: readonly Fault[] = [
  weather('busDelay', 20_000, [500, 8_000], (draw) => ({
    busLatencyMs: draw.between(5, 150),
    busJitterMs: draw.between(1, 20),
  })),
  // Order is kept between two nodes alone; from different ones, what was sent later comes first.
  weather('busReordering', 20_000, [500, 8_000], (draw) => ({
    busJitterMs: draw.between(20, 400),
  })),
  weather('busLoss', 20_000, [500, 8_000], (draw) => ({ busLossRate: draw.between(0.01, 0.3) })),
  weather('busDuplicates', 20_000, [500, 8_000], (draw) => ({
    busDuplicateRate: draw.between(0.01, 0.5),
  })),
  toNode('busDisconnect', 20_000, [1, 4_000], ({ world }, { plan }) => {
    world.unplug(plan.name)
    return () => world.plug(plan.name)
  }),
  partition('partition', (stage, left, right) => stage.world.cut(left, right)),
  partition('oneWayPartition', (stage, left, right) => stage.world.cutOneWay(left, right)),
  partition('slowLink', (stage, left, right, draw) => {
    stage.world.slow(left, right, draw.between(20, 1_500))
  }),
]

function partition(
  kind: string,
  cut: (stage: Stage, left: string[], right: string[], draw: Draw) => void,
): Fault {
  return {
    kind,
    everyMs: 25_000,
    lastsMs: [300, 9_000],
    begin: ({ stage }, draw) => {
      const names = stage.nodes.map(({ plan }) => plan.name)
      const left = draw.some(names, 1).slice(0, names.length - 1)
      const right = names.filter((name) => !left.includes(name))
      cut(stage, left, right, draw)
      return { what: `${left} | ${right}`, end: () => stage.world.heal() }
    },
  }
}
