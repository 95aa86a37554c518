import type { SimFaults } from '../core.ts'
import type { Draw } from './draw.ts'
import { accountOf, game, nextGame } from './game.ts'
import type { Player } from './player.ts'
import type { Stage, StageNode } from './stage.ts'

/** Something that goes wrong now and then. */
export interface Fault {
  readonly kind: string
  /** How much time passes between two of them, ms on average, in a seed that has it. */
  readonly everyMs: number
  /** How long it lasts, ms, at least and at most. */
  readonly lastsMs: readonly [number, number]
  /**
   * Begins it.
   * @returns what it did, and what ends it; undefined where there was nothing to do it to
   */
  begin(scene: Scene, draw: Draw): Begun | undefined
}

export interface Scene {
  readonly stage: Stage
  readonly players: readonly Player[]
}

export interface Begun {
  readonly what: string
  end?(): void
}

/** Rates of the outside that are worse for a while. */
function weather(
  kind: string,
  everyMs: number,
  lastsMs: readonly [number, number],
  rates: (draw: Draw) => Partial<SimFaults>,
): Fault {
  return {
    ...{ kind, everyMs, lastsMs },
    begin: ({ stage }, draw) => {
      const { faults } = stage.world
      const worse = rates(draw)
      const before = Object.fromEntries(
        Object.keys(worse).map((name) => [name, stage.calm[name as keyof SimFaults]]),
      )
      Object.assign(faults, worse)
      return { what: JSON.stringify(worse), end: () => Object.assign(faults, before) }
    },
  }
}

/** What befalls one node that is up. */
function toNode(
  kind: string,
  everyMs: number,
  lastsMs: readonly [number, number],
  begin: (stage: Stage, node: StageNode, draw: Draw) => (() => void) | undefined,
  fits: (node: StageNode) => boolean = () => true,
): Fault {
  return {
    ...{ kind, everyMs, lastsMs },
    begin: ({ stage }, draw) => {
      const up = stage.up().filter(fits)
      if (up.length === 0) return undefined
      const node = draw.one(up)
      const end = begin(stage, node, draw)
      return { what: node.plan.name, ...(end && { end }) }
    },
  }
}

function killed(stage: Stage, node: StageNode): () => void {
  stage.kill(node)
  return () => stage.start(node)
}

const isGate = ({ plan }: StageNode): boolean => plan.roles.includes('gate')

const nodeFaults: readonly Fault[] = [
  toNode('nodeKill', 25_000, [200, 8_000], killed),
  toNode('gateKill', 30_000, [200, 5_000], killed, isGate),
  toNode('nodePause', 25_000, [100, 2_400], (stage, node) => {
    stage.pause(node)
    return () => stage.resume(node)
  }),
  toNode('nodePauseBeyondLease', 30_000, [3_000, 9_000], (stage, node) => {
    stage.pause(node)
    return () => stage.resume(node)
  }),
  toNode('clockJump', 20_000, [1_000, 10_000], (stage, node, draw) => {
    const { name, wallOffsetMs } = node.plan
    stage.world.process(name, { wallOffsetMs: wallOffsetMs + draw.between(-8_000, 8_000) })
    return () => void stage.world.process(name, { wallOffsetMs })
  }),
]

const busFaults: readonly Fault[] = [
  weather('busDelay', 20_000, [500, 8_000], (draw) => ({
    busLatencyMs: draw.between(1, 40),
    busJitterMs: draw.between(5, 150),
  })),
  weather('busLoss', 20_000, [500, 8_000], (draw) => ({ busLossRate: draw.between(0.01, 0.3) })),
  weather('busDuplicates', 20_000, [500, 8_000], (draw) => ({
    busDuplicateRate: draw.between(0.01, 0.5),
  })),
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

const storeFaults: readonly Fault[] = [
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
  {
    kind: 'storeFailover',
    everyMs: 30_000,
    lastsMs: [200, 4_000],
    begin: ({ stage }) => {
      const { storage } = stage.world
      storage.crash()
      storage.trouble('refusing')
      return { what: '', end: () => storage.trouble(undefined) }
    },
  },
  toNode('storeCutOff', 30_000, [500, 9_000], (stage, node) => {
    stage.world.storage.cutOff([node.plan.name])
    return () => stage.world.storage.cutOff([])
  }),
]

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

const clientFaults: readonly Fault[] = [
  {
    kind: 'disconnect',
    everyMs: 6_000,
    lastsMs: [0, 0],
    begin: ({ players }, draw) => {
      const player = draw.one(players)
      player.socket?.drop()
      return { what: player.name }
    },
  },
  {
    kind: 'slowConsumer',
    everyMs: 20_000,
    lastsMs: [500, 15_000],
    begin: ({ players }, draw) => {
      const { name, socket } = draw.one(players)
      socket?.stall(true)
      return { what: name, end: () => socket?.stall(false) }
    },
  },
  weather('slowClients', 25_000, [1_000, 10_000], (draw) => ({
    socketLatencyMs: draw.between(50, 500),
    socketJitterMs: draw.between(10, 500),
  })),
]

/** What operators do while players play. */
const operations: readonly Fault[] = [
  toNode('move', 8_000, [0, 0], (stage, node, draw) => {
    const to = draw.one(stage.up()).plan.name
    const address = accountOf(draw.one(stage.purses))
    stage.doing(node, `moves ${address} to ${to}`, node.realm?.host.move(address, to))
    return undefined
  }),
  toNode('closeAndRestart', 30_000, [0, 0], (stage, node, draw) => {
    stage.restart(node, draw.between(200, 3_000))
    return undefined
  }),
  {
    kind: 'rollOut',
    everyMs: 30_000,
    lastsMs: [0, 0],
    begin: ({ stage }, draw) => {
      const next = draw.one([game, nextGame])
      stage.nodes.forEach((node, index) => {
        stage.later(index * draw.between(100, 3_000), () => stage.rollOut(node, next))
      })
      return { what: next === game ? 'back' : 'forth' }
    },
  },
]

export const allFaults: readonly Fault[] = [
  ...nodeFaults,
  ...operations,
  ...busFaults,
  ...storeFaults,
  ...clientFaults,
]
