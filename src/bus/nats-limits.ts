export interface NatsLimits {
  /** Messages that wait to be sent; what comes on top is lost. Default 262,144. */
  readonly outboxMessagesMax: number
  /** Their bytes. Default 64 MiB. */
  readonly outboxBytesMax: number
  /** One frame, where the server takes that much. Default 256 KiB. */
  readonly frameBytesMax: number
  /** One message; larger than a frame it travels in chunks. Default 64 MiB. */
  readonly messageBytesMax: number
  /** Chunks of messages that are not yet whole. Default 128 MiB. */
  readonly reassemblyBytesMax: number
  /** What is sent before the server confirms what came before; from 64 KiB. Default 8 MiB. */
  readonly windowBytesMax: number
  /** How long the holder of a name is given to answer. Default 1,000. */
  readonly answerTimeoutMs: number
}

export const natsLimitsDefault: NatsLimits = {
  outboxMessagesMax: 262_144,
  outboxBytesMax: 64 * 2 ** 20,
  frameBytesMax: 256 * 2 ** 10,
  messageBytesMax: 64 * 2 ** 20,
  reassemblyBytesMax: 128 * 2 ** 20,
  windowBytesMax: 8 * 2 ** 20,
  answerTimeoutMs: 1000,
}
