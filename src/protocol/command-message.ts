import { RealmError } from '../errors/index.ts'
import { clientMessages, payloadBytesMax } from './messages.ts'

/** A command as it lies in a message: its input is not copied and not decoded. */
export interface CommandHead {
  channel: number
  command: number
  sequence: number
  seen: number
  /** Where the input lies. */
  inputStart: number
  inputEnd: number
}

const reliableCode = clientMessages.table.command.code
const unreliableCode = clientMessages.table.commandUnreliable.code

/** Whether the message that begins at `start` is a command. */
export function isCommand(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === reliableCode || bytes[start] === unreliableCode
}

/** Whether the command that begins at `start` is a numbered one. */
export function isNumberedCommand(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === reliableCode
}

/**
 * Reads the command that begins at `start`, by hand: it is what clients send most, and making
 * objects of it costs more than everything else that a gate does with it.
 * @param limit where the bytes that may belong to it end
 * @returns where the message ends
 * @throws RealmError `PROTOCOL_GARBAGE` wherever decoding by the schema would
 */
export function readCommand(
  bytes: Uint8Array,
  start: number,
  limit: number,
  into: CommandHead,
): number {
  at = start + 1
  const length = varint(bytes, limit)
  const end = at + length
  if (end > limit) throw garbage()
  into.channel = varint(bytes, end)
  if (at >= end) throw garbage()
  into.command = bytes[at++] as number
  into.sequence = varint(bytes, end)
  into.seen = varint(bytes, end)
  const inputBytes = varint(bytes, end)
  if (inputBytes > payloadBytesMax || at + inputBytes !== end) throw garbage()
  into.inputStart = at
  into.inputEnd = end
  return end
}

/** Where the next byte is read: there is one reading at a time. */
let at = 0

function varint(bytes: Uint8Array, end: number): number {
  let value = 0
  let scale = 1
  for (let count = 0; count < 8 && at < end; count += 1) {
    const byte = bytes[at++] as number
    value += (byte & 0x7f) * scale
    if (byte < 0x80) {
      if ((byte === 0 && count > 0) || value > Number.MAX_SAFE_INTEGER) break
      return value
    }
    scale *= 128
  }
  throw garbage()
}

function garbage(): RealmError {
  return new RealmError('PROTOCOL_GARBAGE', 'In command: the bytes are no such message.')
}
