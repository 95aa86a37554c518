/** Bounds of one host. */
export interface HostLimits {
  /** Messages waiting for one activation. Default 10,000. */
  readonly mailboxMessagesMax?: number
  /** Activations at one node. Default 1,000,000. */
  readonly activationsMax?: number
  /** Length of a chain of calls from actor to actor, at most 64. Default 16. */
  readonly callDepthMax?: number
  /**
   * How long a message waits for its answer where nothing else is said. A call made by a handler
   * waits no longer than the handler's own caller does. Default 10,000.
   */
  readonly messageTimeoutMs?: number
  /** A turn that takes longer is given up together with its activation. Default 60,000. */
  readonly turnMsMax?: number
  /** An actor without watchers and messages sleeps after this. Default 60,000. */
  readonly idleMs?: number
  /**
   * Crashes within `crashWindowMs`, none succeeding in between, that park an address. Default 10.
   */
  readonly crashesMax?: number
  /** Default 10,000. */
  readonly crashWindowMs?: number
  /** How long it is parked at first; twice as long each time after. Default 1,000. */
  readonly parkMs?: number
  /** Default 60,000. */
  readonly parkMsMax?: number
  /** How long a graceful stop waits for turns under way. Default 10,000. */
  readonly stopTimeoutMs?: number
}

/** Callers that one message may name: more is not read from another node. */
export const chainLinksMax = 64

export function withDefaults(limits: HostLimits): Required<HostLimits> {
  const given = {
    mailboxMessagesMax: 10_000,
    activationsMax: 1_000_000,
    callDepthMax: 16,
    messageTimeoutMs: 10_000,
    turnMsMax: 60_000,
    idleMs: 60_000,
    crashesMax: 10,
    crashWindowMs: 10_000,
    parkMs: 1000,
    parkMsMax: 60_000,
    stopTimeoutMs: 10_000,
    ...limits,
  }
  return { ...given, callDepthMax: Math.min(given.callDepthMax, chainLinksMax) }
}
