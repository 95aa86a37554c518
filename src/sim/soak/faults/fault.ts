import type { SimFaults } from '../../core.ts'
import type { Draw } from '../draw.ts'
import type { Player } from '../player.ts'
import type { Stage, StageNode } from '../stage.ts'

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
export function weather(
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
export function toNode(
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

export const isGate = ({ plan }: StageNode): boolean => plan.roles.includes('gate')
