/**
 * What travels between two nodes in one piece. Many messages share a frame:
 *
 *     version u8 · kind u8 · incarnation (length u8, ASCII) · body
 *     batch:  (length u32 · bytes)*
 *     chunk:  transfer u32 · offset u32 · total u32 · bytes
 *
 * Numbers are little-endian. The incarnation is the sender's.
 */
export const frameKind = { batch: 1, chunk: 2, here: 3, left: 4, ask: 5, probe: 6 } as const

const frameVersion = 1
const lengthBytes = 4
const chunkHeadBytes = 12

/** A frame whose beginning was understood. */
export interface OpenedFrame {
  readonly kind: number
  /** The sender's. */
  readonly incarnation: string
  readonly body: Uint8Array
}

/** One piece of a message that is larger than a frame. */
export interface Chunk {
  /** Counts the large messages of a sender. */
  readonly transfer: number
  readonly offset: number
  /** Bytes of the whole message. */
  readonly total: number
  readonly bytes: Uint8Array
}

/** The beginning of every frame of one kind that `incarnation` sends. */
export function frameHead(kind: number, incarnation: string): Uint8Array {
  const text = new TextEncoder().encode(incarnation)
  const head = new Uint8Array(3 + text.length)
  head.set([frameVersion, kind, text.length])
  head.set(text, 3)
  return head
}

/** Reads the beginning of a frame; undefined where the bytes are no frame of this version. */
export function openFrame(bytes: Uint8Array): OpenedFrame | undefined {
  const [version, kind, length] = bytes
  if (version !== frameVersion || kind === undefined || length === undefined) return undefined
  const bodyStart = 3 + length
  if (bodyStart > bytes.length) return undefined
  let incarnation = ''
  for (let index = 3; index < bodyStart; index += 1) {
    incarnation += String.fromCharCode(bytes[index] as number)
  }
  return { kind, incarnation, body: viewOf(bytes, bodyStart, bytes.length) }
}

/**
 * Frames of at most `frameBytesMax` that hold the messages in their order. `nextTransfer` numbers
 * those that have to be cut.
 */
export function packFrames(
  messages: readonly Uint8Array[],
  heads: { readonly batch: Uint8Array; readonly chunk: Uint8Array },
  frameBytesMax: number,
  nextTransfer: () => number,
): Uint8Array[] {
  const frames: Uint8Array[] = []
  let start = 0
  let bytes = heads.batch.length
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index] as Uint8Array
    const added = lengthBytes + message.length
    if (bytes + added > frameBytesMax) {
      if (index > start) frames.push(packBatch(heads.batch, messages, start, index))
      start = index
      bytes = heads.batch.length
      if (bytes + added > frameBytesMax) {
        packChunks(heads.chunk, message, frameBytesMax, nextTransfer(), frames)
        start = index + 1
        continue
      }
    }
    bytes += added
  }
  if (start < messages.length) {
    frames.push(packBatch(heads.batch, messages, start, messages.length))
  }
  return frames
}

/** One frame of the messages from `start` to before `end`. Its buffer belongs to nobody else. */
export function packBatch(
  head: Uint8Array,
  messages: readonly Uint8Array[],
  start: number,
  end: number,
): Uint8Array<ArrayBuffer> {
  let bytes = head.length
  for (let index = start; index < end; index += 1) {
    bytes += lengthBytes + (messages[index] as Uint8Array).length
  }
  const frame = new Uint8Array(bytes)
  const view = new DataView(frame.buffer)
  frame.set(head)
  let offset = head.length
  for (let index = start; index < end; index += 1) {
    const message = messages[index] as Uint8Array
    view.setUint32(offset, message.length, true)
    frame.set(message, offset + lengthBytes)
    offset += lengthBytes + message.length
  }
  return frame
}

function packChunks(
  head: Uint8Array,
  message: Uint8Array,
  frameBytesMax: number,
  transfer: number,
  frames: Uint8Array[],
): void {
  const chunkBytes = frameBytesMax - head.length - chunkHeadBytes
  for (let offset = 0; offset < message.length; offset += chunkBytes) {
    const piece = message.subarray(offset, offset + chunkBytes)
    const frame = new Uint8Array(head.length + chunkHeadBytes + piece.length)
    const view = new DataView(frame.buffer)
    frame.set(head)
    view.setUint32(head.length, transfer, true)
    view.setUint32(head.length + 4, offset, true)
    view.setUint32(head.length + 8, message.length, true)
    frame.set(piece, head.length + chunkHeadBytes)
    frames.push(frame)
  }
}

/**
 * Hands over the messages of a batch one by one, as views of the frame.
 * @returns false where the bytes are no batch; what came before the fault was handed over.
 */
export function eachMessage(body: Uint8Array, take: (bytes: Uint8Array) => void): boolean {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  let offset = 0
  while (offset < body.length) {
    const start = offset + lengthBytes
    if (start > body.length) return false
    const end = start + view.getUint32(offset, true)
    if (end > body.length) return false
    take(viewOf(body, start, end))
    offset = end
  }
  return true
}

/** Reads a chunk; undefined where the bytes are none. */
export function openChunk(body: Uint8Array): Chunk | undefined {
  if (body.length <= chunkHeadBytes) return undefined
  const view = new DataView(body.buffer, body.byteOffset, chunkHeadBytes)
  const [transfer, offset, total] = [0, 4, 8].map((at) => view.getUint32(at, true)) as Triple
  const bytes = viewOf(body, chunkHeadBytes, body.length)
  return offset + bytes.length > total ? undefined : { transfer, offset, total, bytes }
}

type Triple = [number, number, number]

/**
 * A part of the bytes as a plain Uint8Array. What sockets give is a `Buffer`, whose `slice` shares
 * memory where everybody expects a copy.
 */
function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
}
