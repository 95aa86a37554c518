/**
 * Everything a gate bounds. Rates are per second, times in milliseconds, sizes in bytes unless the
 * name says otherwise.
 */
export interface GateLimits {
  /**
   * One WebSocket message from a client. The listener should let through a little more, so that the
   * gate can answer.
   */
  readonly frameBytesMax: number
  /** Time from the opening of a socket to its `hello`. */
  readonly helloTimeoutMs: number
  /** Messages of one connection; the burst is what a silent client may send at once. */
  readonly messagesPerSecondMax: number
  readonly messagesBurstMax: number
  readonly bytesPerSecondMax: number
  readonly bytesBurstMax: number
  /**
   * Dropped messages after which a connection is closed; forgiven at `messagesPerSecondMax` a
   * second.
   */
  readonly floodMessagesMax: number
  /** Logins of one address. */
  readonly loginsPerSecondMax: number
  readonly loginsBurstMax: number
  /**
   * Logins let in each second by this gate; fewer while its event loop lags by more than
   * `lagMsMax`.
   */
  readonly admissionsPerSecondMax: number
  readonly admissionsPerSecondMin: number
  /** Of these, at once after a silence; never more than a second's. */
  readonly admissionsBurstMax: number
  readonly lagMsMax: number
  /** Logins that wait for their turn, and how long each place is kept without being asked for. */
  readonly queueMax: number
  readonly queueKeepMs: number
  /** Sockets of one address that say hello. */
  readonly hellosPerSecondMax: number
  readonly hellosBurstMax: number
  /** HTTP calls of one player. */
  readonly httpCallsPerSecondMax: number
  readonly httpCallsBurstMax: number
  /**
   * Addresses and players whose rates are remembered; beyond it the longest silent ones are
   * forgotten.
   */
  readonly ratesMax: number
  /** A ticket serves once within this time. */
  readonly ticketMs: number
  /** Life of a bearer token. */
  readonly tokenMs: number
  /** How long after its last use a resume token still proves who it is. */
  readonly sessionRecordMs: number
  readonly sessionsMax: number
  /** Joined rooms, worlds and watched actors of one session. */
  readonly channelsMax: number
  /** Unanswered requests of one session. */
  readonly callsPendingMax: number
  readonly callTimeoutMs: number
  /** How long a session waits for its client to come back. */
  readonly resumeWindowMs: number
  /** Numbered messages kept for a resume, per session. */
  readonly resumeMessagesMax: number
  readonly resumeBytesMax: number
  readonly playerNameCharactersMax: number
  /** Unsent bytes of a connection above which it gets no world frames. */
  readonly slowConsumerBytesMax: number
  /** Unsent bytes that must shrink, or the connection is cut after `slowConsumerMs`. */
  readonly slowConsumerHardBytesMax: number
  readonly slowConsumerMs: number
  /**
   * What a client gets of one world; a world may name less. Above it farther tiles are told of less
   * often, then not at all.
   */
  readonly worldBytesPerSecondMax: number
  /** A world sends each client at least one frame in this time, so that clocks stay in step. */
  readonly frameHeartbeatMs: number
  /** A keyframe that was asked for and did not come is asked for again after this time. */
  readonly keyframeRetryMs: number
  /** How far beyond the view radius a tile stays, in tile edges: nobody flickers at the rim. */
  readonly interestSlackTiles: number
}

export const defaultGateLimits: GateLimits = {
  frameBytesMax: 64 * 1024,
  helloTimeoutMs: 10_000,
  messagesPerSecondMax: 60,
  messagesBurstMax: 120,
  bytesPerSecondMax: 64 * 1024,
  bytesBurstMax: 256 * 1024,
  floodMessagesMax: 600,
  loginsPerSecondMax: 10,
  loginsBurstMax: 300,
  admissionsPerSecondMax: 200,
  admissionsPerSecondMin: 10,
  admissionsBurstMax: 20,
  lagMsMax: 20,
  queueMax: 50_000,
  queueKeepMs: 120_000,
  hellosPerSecondMax: 50,
  hellosBurstMax: 1000,
  httpCallsPerSecondMax: 20,
  httpCallsBurstMax: 40,
  ratesMax: 100_000,
  ticketMs: 30_000,
  tokenMs: 3_600_000,
  sessionRecordMs: 24 * 3_600_000,
  sessionsMax: 20_000,
  channelsMax: 32,
  callsPendingMax: 64,
  callTimeoutMs: 10_000,
  resumeWindowMs: 60_000,
  resumeMessagesMax: 4096,
  resumeBytesMax: 512 * 1024,
  playerNameCharactersMax: 24,
  slowConsumerBytesMax: 128 * 1024,
  slowConsumerHardBytesMax: 4 * 1024 * 1024,
  slowConsumerMs: 10_000,
  worldBytesPerSecondMax: 256 * 1024,
  frameHeartbeatMs: 1000,
  keyframeRetryMs: 1000,
  interestSlackTiles: 0.25,
}
