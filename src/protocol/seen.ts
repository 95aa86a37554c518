/** Clients tell what they showed in so many parts of a tick: `seen` of a command. */
export const seenPerTick = 16
