import { defineMessage } from '../cluster/index.ts'
import { record, text, varint } from '../schema/index.ts'

/**
 * Served by the gate: another has taken the session up, in this epoch. A hint: what counts is the
 * session's record in the store.
 */
export const gateTaken = defineMessage(
  'gate.taken',
  record({ session: text({ max: 64 }), epoch: varint }),
)
