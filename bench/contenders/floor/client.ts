import { COMMAND_BYTES, type ContenderClient } from '../../lib/contender.ts'
import { writeCommand } from '../../scene.ts'

/** The floor carries no state, so there is nothing to decode: its clients only count. */
export const contender: ContenderClient = {
  toleranceQuanta: 0,
  seat: (_address, avatar) => ({
    path: `/${avatar}`,
    opened: () => [],
    received: () => ({ send: [], joined: true }),
    command: (sequence, turn) => {
      const message = new Uint8Array(COMMAND_BYTES)
      writeCommand(message, sequence, turn)
      return message
    },
  }),
}
