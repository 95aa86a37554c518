import type { Fill } from '../ports/index.ts'
import type { GateLimits } from './limits.ts'
import type { Sessions } from './resume.ts'

/** What a gate has done since its start, and holds now. */
export interface GateStats {
  /** Held now, connected or not. */
  readonly sessions: number
  readonly connected: number
  /** Numbered messages and bytes kept for resumes now. */
  readonly ringMessages: number
  readonly ringBytes: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly messagesIn: number
  /** WebSocket messages written. */
  readonly writesOut: number
  readonly framesSent: number
  /** World frames left out because a client did not read fast enough. */
  readonly framesSkipped: number
  readonly rateLimited: number
  readonly logins: number
  readonly resumes: number
  /** Connections ended for not reading. */
  readonly slowConsumers: number
  /** Connections ended with an error of the protocol, of a limit, or of a login. */
  readonly refused: number
}

/** The counters among the statistics. */
export type GateCounters = {
  -readonly [K in Exclude<
    keyof GateStats,
    'sessions' | 'connected' | 'ringMessages' | 'ringBytes'
  >]: number
}

export function newCounters(): GateCounters {
  return {
    bytesIn: 0,
    bytesOut: 0,
    messagesIn: 0,
    writesOut: 0,
    framesSent: 0,
    framesSkipped: 0,
    rateLimited: 0,
    logins: 0,
    resumes: 0,
    slowConsumers: 0,
    refused: 0,
  }
}

export function statsOf(sessions: Sessions, counters: GateCounters): GateStats {
  let connected = 0
  let ringMessages = 0
  let ringBytes = 0
  for (const { connection, ring } of sessions.all()) {
    if (connection !== undefined) connected += 1
    ringMessages += ring.messages
    ringBytes += ring.bytes
  }
  return { ...counters, sessions: sessions.size, connected, ringMessages, ringBytes }
}

/** How full all is that is bounded for sessions. */
export function sessionFills(sessions: Sessions, limits: GateLimits): Fill[] {
  const fills = [{ limit: 'sessionsMax', of: '', size: sessions.size, max: limits.sessionsMax }]
  for (const { id: of, ring, channels, pending } of sessions.all()) {
    fills.push(
      { limit: 'resumeMessagesMax', of, size: ring.messages, max: limits.resumeMessagesMax },
      { limit: 'resumeBytesMax', of, size: ring.bytes, max: limits.resumeBytesMax },
      { limit: 'channelsMax', of, size: channels.size, max: limits.channelsMax },
      { limit: 'callsPendingMax', of, size: pending, max: limits.callsPendingMax },
    )
  }
  return fills
}
