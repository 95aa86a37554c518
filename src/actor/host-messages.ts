import { defineMessage } from '../cluster/index.ts'
import { bool, type Infer, list, record, text } from '../schema/index.ts'

/** Served by the host: messages for the address were passed on to another node. A hint. */
export const hostMoved = defineMessage(
  'host.moved',
  record({ address: text({ max: 256 }), to: text({ max: 64 }) }),
)

/** Served by the host: freezes what is active at the address and has it go on at `to`. */
export const hostMove = defineMessage(
  'host.move',
  record({ address: text({ max: 256 }), to: text({ max: 64 }) }),
  record({}),
)

/**
 * Served by the host: makes the address active here, and answers once it is. `sessions` are those
 * of its members who were connected where it comes from: from its blob alone it could not tell.
 */
export const hostTake = defineMessage(
  'host.take',
  record({ address: text({ max: 256 }), sessions: list(text({ max: 64 }), { max: 1_000_000 }) }),
  record({}),
)

/** Served by the host: the address has a reminder that is due and is to be made active. */
export const hostWake = defineMessage(
  'host.wake',
  record({ address: text({ max: 256 }) }),
  record({}),
)

/** Follows who waits for whom, see `deadlock.ts`. */
const Probe = record({
  /** Where the call waits for whose sake it was sent. */
  victim: text({ max: 256 }),
  callId: text({ max: 256 }),
  /** The next to be asked, and the call by which somebody waits for it. */
  at: text({ max: 256 }),
  via: text({ max: 256 }),
  /** Those it has passed, the first being `victim`; the whole cycle once it is found. */
  path: list(text({ max: 256 }), { max: 36 }),
  found: bool,
})

export type Probe = Infer<typeof Probe>

/** Served by the host. */
export const hostProbe = defineMessage('host.probe', Probe)
