import type { Seen } from './game.ts'
import type { Rig } from './rig.ts'

export interface Sight {
  /** Entities that were compared, of all sampled clients. */
  readonly compared: number
  /** What is wrong, in words; empty where clients see the truth. */
  readonly wrong: readonly string[]
  /** Mean count within the view radius, and mean count a client was told of. */
  readonly inViewMean: number
  readonly deliveredMean: number
}

/** Compares what the clients that decode see with where everybody stands. To be called at rest. */
export function checkSight(rig: Rig): Sight {
  const { game } = rig
  const { viewRadius, precision = 0 } = game.descriptor
  const truth = new Map<number, Seen>()
  for (const one of game.everybody()) truth.set(one.id, one)
  const wrong: string[] = []
  let compared = 0
  let delivered = 0
  const samples = rig.clients.filter((client) => client.stream !== undefined)
  for (const { stream, me, told } of samples) {
    if (told.suspected > 0) wrong.push(`${told.suspected} checksums differ`)
    const seen = stream?.entities ?? new Map<number, Seen>()
    const own = truth.get(me)
    if (own === undefined) {
      wrong.push('a client has no avatar')
      continue
    }
    delivered += seen.size
    for (const { id, x, y } of truth.values()) {
      if (Math.hypot(x - own.x, y - own.y) > viewRadius) continue
      compared += 1
      const shown = seen.get(id)
      const off = shown ? Math.max(Math.abs(shown.x - x), Math.abs(shown.y - y)) : Infinity
      if (off > precision) wrong.push(`${id} is ${off} off`)
    }
  }
  const each = Math.max(1, samples.length)
  if (samples.length === 0) wrong.push('nobody looked')
  return { compared, wrong, inViewMean: compared / each, deliveredMean: delivered / each }
}
