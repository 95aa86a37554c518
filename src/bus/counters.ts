/** What a bus has done since it was made, over all nodes that joined through it. */
export interface BusCounters {
  messagesSent: number
  messagesReceived: number
  framesSent: number
  /** Lost for want of room or of a receiver, as far as this side can see. */
  messagesLost: number
  /** Frames refused because their sender has a newer life, or a rival of its name. */
  framesStale: number
  /** Frames that could not be read. */
  framesMalformed: number
}

export function newCounters(): BusCounters {
  return {
    messagesSent: 0,
    messagesReceived: 0,
    framesSent: 0,
    messagesLost: 0,
    framesStale: 0,
    framesMalformed: 0,
  }
}
