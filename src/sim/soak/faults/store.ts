import { type Fault, toNode, weather } from './fault.ts'

export const storeFaults: readonly Fault[] = [
  weather('storeDelay', 20_000, [500, 5_000], (draw) => ({
    storeLatencyMs: draw.between(2, 200),
    storeJitterMs: draw.between(5, 300),
  })),
  weather('storeLoss', 25_000, [500, 5_000], (draw) => ({
    storeLossRate: draw.between(0.01, 0.2),
  })),
  weather('storeLostReplies', 25_000, [500, 5_000], (draw) => ({
    storeLostReplyRate: draw.between(0.01, 0.2),
  })),
  storeTrouble('storeRefusing', 30_000, [200, 4_000], 'refusing'),
  storeTrouble('diskFull', 40_000, [500, 5_000], 'full'),
  // All that is under way has been written, and nobody is told so.
  storeCrash('storeFailover', 1),
  // Each process has its first ones written, and the rest not.
  storeCrash('tornWrite', 0.5),
  toNode('storeCutOff', 30_000, [500, 9_000], (stage, node) => {
    stage.world.storage.cutOff([node.plan.name])
    return () => stage.world.storage.cutOff([])
  }),
]

function storeCrash(kind: string, writtenRate: number): Fault {
  return {
    ...{ kind, everyMs: 40_000, lastsMs: [200, 4_000] },
    begin: ({ stage }) => {
      const { storage } = stage.world
      storage.crash(writtenRate)
      storage.trouble('refusing')
      return { what: '', end: () => storage.trouble(undefined) }
    },
  }
}

function storeTrouble(
  kind: string,
  everyMs: number,
  lastsMs: readonly [number, number],
  trouble: 'refusing' | 'full',
): Fault {
  return {
    ...{ kind, everyMs, lastsMs },
    begin: ({ stage }) => {
      stage.world.storage.trouble(trouble)
      return { what: '', end: () => stage.world.storage.trouble(undefined) }
    },
  }
}
