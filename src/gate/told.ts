import { type EventMark, type GateDelivery, isAfter } from '../actor/index.ts'

/**
 * What came on a channel so far. Of what its activation says, nothing is passed on twice, after
 * what a later owner has said, or behind a gap.
 */
export interface Told {
  /** Of the owner that spoke last; 0 before any has. */
  epoch: number
  /** The node it is at; empty before it has spoken. */
  from: string
  /** The last event that was passed on. */
  seen: EventMark
  /** Something is missing: nothing is passed on before it has been told again. */
  awaiting: boolean
  /** When it was asked for. */
  askedMs: number
}

/** @param seen the last event that the client has from its stay before, if there was one */
export function newTold(seen: EventMark | undefined): Told {
  return {
    epoch: 0,
    from: '',
    seen: seen ?? { epoch: 0, number: 0 },
    awaiting: seen !== undefined,
    askedMs: Number.NEGATIVE_INFINITY,
  }
}

/** What becomes of a delivery; `gap`: it cannot be passed on before all is told again. */
export function heard(told: Told, from: string, delivery: GateDelivery): 'pass' | 'drop' | 'gap' {
  const { epoch, mark } = delivery
  const { kind } = delivery.delivery
  if (epoch < told.epoch) return 'drop'
  // Where it is the first word of another owner, nothing is known yet of what came before.
  if (kind === 'left' || kind === 'fail') return 'pass'
  const begins = epoch > told.epoch
  const first = told.epoch === 0
  told.epoch = epoch
  told.from = from
  if (kind === 'begun') return 'gap'
  // Of what the owner before said last, something may be missing; what was asked for comes now.
  const continues = kind === 'delta' || kind === 'event' || kind === 'caughtUp'
  if (begins && !first && (continues || !told.awaiting)) return 'gap'
  if (kind === 'resumed') {
    told.awaiting = false
    if (isAfter(mark, told.seen)) told.seen = mark
    return 'drop'
  }
  if (kind === 'caughtUp') {
    // While something is missing again, this says nothing of it.
    if (!told.awaiting && isAfter(mark, told.seen)) told.seen = mark
    return 'drop'
  }
  if (!continues) return 'pass'
  if (told.awaiting) return 'drop'
  if (kind === 'delta') return 'pass'
  if (!isAfter(mark, told.seen)) return 'drop'
  told.seen = mark
  return 'pass'
}
