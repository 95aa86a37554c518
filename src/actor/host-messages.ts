import { defineMessage } from '../cluster/index.ts'
import { record, text } from '../schema/index.ts'

/** Served by the host: the address has a reminder that is due and is to be made active. */
export const hostWake = defineMessage(
  'host.wake',
  record({ address: text({ max: 256 }) }),
  record({}),
)
