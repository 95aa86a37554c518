import type { Role } from '../../cluster/index.ts'
import type { RealmOptions } from '../../realm.ts'
import type { Draw } from './draw.ts'

export interface NodePlan {
  readonly name: string
  readonly roles: readonly Role[]
  readonly wallOffsetMs: number
  readonly clockRate: number
}

/** What nodes bound. */
export interface Limits {
  readonly host: NonNullable<RealmOptions['host']>
  readonly gate: NonNullable<NonNullable<RealmOptions['gate']>['limits']>
  readonly node: NonNullable<RealmOptions['limits']>
}

/** What one seed lets happen, besides its faults. */
export interface Plan {
  readonly nodes: readonly NodePlan[]
  /** Whether nodes prove to each other who they are. */
  readonly sealed: boolean
  /** Whether all nodes are processes of one machine, and see each other's end. */
  readonly witnessed: boolean
  /** Undefined for the usual ones, which nothing here reaches. */
  readonly limits: Limits | undefined
  /** After how long what nobody needs is put to sleep; undefined for the usual time, far longer. */
  readonly idleMs: number | undefined
  readonly players: number
  readonly purses: number
  /** How long a player thinks between two doings, ms on average. */
  readonly thinkMs: number
  /** How long there are faults. */
  readonly safetyMs: number
}

const all: readonly Role[] = ['gate', 'logic', 'room', 'world', 'center']

/** Roles of the nodes of one cluster; each role is there at least once. */
const shapes: readonly (readonly (readonly Role[])[])[] = [
  [all, all, all],
  [['gate', 'logic', 'center'], ['gate', 'room', 'world', 'center'], all],
  [
    ['gate', 'center'],
    ['logic', 'center'],
    ['gate', 'logic'],
    ['room', 'world', 'center'],
  ],
  [['gate'], ['gate'], ['logic', 'room'], ['logic', 'world', 'center'], ['room', 'center']],
]

const names = ['alpha', 'beta', 'gamma', 'delta', 'epsilon']

export function drawPlan(draw: Draw): Plan {
  const shape = draw.one(shapes)
  return {
    nodes: shape.map((roles, index) => ({
      name: names[index] as string,
      roles,
      wallOffsetMs: draw.between(-400, 400),
      clockRate: draw.between(0.98, 1.02),
    })),
    sealed: draw.chance(0.1),
    witnessed: draw.fork('witness').chance(0.3),
    limits: drawLimits(draw.fork('limits')),
    idleMs: drawIdleMs(draw.fork('idle')),
    players: draw.whole(3, 6),
    purses: draw.whole(2, 5),
    thinkMs: draw.between(1_000, 4_000),
    safetyMs: draw.between(30_000, 90_000),
  }
}

function drawIdleMs(draw: Draw): number | undefined {
  return draw.chance(0.3) ? draw.between(300, 4_000) : undefined
}

/** So small that something is full now and then. */
function drawLimits(draw: Draw): Limits | undefined {
  if (!draw.chance(0.25)) return undefined
  return {
    host: { mailboxMessagesMax: draw.whole(4, 20) },
    gate: {
      resumeMessagesMax: draw.whole(8, 60),
      resumeBytesMax: draw.whole(4_000, 20_000),
      callsPendingMax: draw.whole(4, 20),
    },
    node: {
      links: { outboxMessagesMax: draw.whole(20, 200), windowMessagesMax: draw.whole(4, 40) },
    },
  }
}
