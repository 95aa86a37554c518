/** What one link to another node may hold, and how long it tries. */
export interface StreamLimits {
  /** Reliable messages sent or waiting that are not acknowledged. Default 65,536. */
  readonly outboxMessagesMax: number
  /** Their bytes. Default 64 MiB. */
  readonly outboxBytesMax: number
  /** Loose messages sent or waiting that the other side has not seen. Default 8 MiB. */
  readonly looseBytesMax: number
  /** A message that is put together from pieces. Default 64 MiB. */
  readonly messageBytesMax: number
  /** A longer message travels in pieces of this. Default 512 KiB. */
  readonly pieceBytesMax: number
  /** One message of the bus takes nothing more beyond this. Default 512 KiB. */
  readonly packetBytesMax: number
  /**
   * Reliable bytes on their way at once; the receiver keeps as many that came too early. Default
   * 4 MiB.
   */
  readonly windowBytesMax: number
  /** The same, in messages. Default 4096. */
  readonly windowMessagesMax: number
}

const kib = 1024
const mib = 1024 * kib

export const defaultStreamLimits: StreamLimits = {
  outboxMessagesMax: 65_536,
  outboxBytesMax: 64 * mib,
  looseBytesMax: 8 * mib,
  messageBytesMax: 64 * mib,
  pieceBytesMax: 512 * kib,
  packetBytesMax: 512 * kib,
  windowBytesMax: 4 * mib,
  windowMessagesMax: 4096,
}
