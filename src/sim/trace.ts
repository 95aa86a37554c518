/** One thing that happened in a simulation. */
export interface TraceEvent {
  /** What happened: `bus`, `timer`, `commit`, `socket` … */
  readonly kind: string
  /** Virtual milliseconds since the start. */
  readonly timeMs: number
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
}

/**
 * Everything that happened, as one number: two runs that did the same have the same, any others
 * differ.
 */
export class Trace {
  /** How many events were noted. */
  events = 0
  #low = 0x811c9dc5 | 0
  #high = 0x9e3779b9 | 0
  readonly #number = new Float64Array(1)
  readonly #numberWords = new Int32Array(this.#number.buffer)
  readonly #watch: ((event: TraceEvent) => void) | undefined

  constructor(watch?: (event: TraceEvent) => void) {
    this.#watch = watch
  }

  note(event: TraceEvent): void {
    this.events += 1
    this.#text(event.kind)
    this.#number[0] = event.timeMs
    this.#word(this.#numberWords[0] as number)
    this.#word(this.#numberWords[1] as number)
    this.#text(event.from)
    this.#text(event.to)
    this.#bytes(event.bytes)
    this.#watch?.(event)
  }

  /** 64 bits in 16 hexadecimal digits. */
  get hash(): string {
    const low = mixed(this.#low ^ this.#high)
    const high = mixed(this.#high + Math.imul(low, 0x9e3779b1))
    return hex(high) + hex(low)
  }

  #word(word: number): void {
    this.#low = rotated(Math.imul(this.#low ^ word, 0xcc9e2d51), 13)
    this.#high = rotated(Math.imul(this.#high ^ word, 0x1b873593), 17) + this.#low
    this.#high |= 0
  }

  #text(text: string): void {
    this.#word(textHash(text))
    this.#word(text.length)
  }

  #bytes(bytes: Uint8Array): void {
    const { length } = bytes
    for (let index = 0; index < length; index += 4) {
      // Bytes beyond the end read as undefined, which counts as 0 in the bit operations.
      const word =
        (bytes[index] as number) |
        ((bytes[index + 1] as number) << 8) |
        ((bytes[index + 2] as number) << 16) |
        ((bytes[index + 3] as number) << 24)
      this.#word(word)
    }
    this.#word(length)
  }
}

const textHashes = new Map<string, number>()
const textHashesMax = 4_096

/** The same texts come again and again: names of nodes, kinds, keys. */
function textHash(text: string): number {
  const known = textHashes.get(text)
  if (known !== undefined) return known
  let hash = 0x811c9dc5 | 0
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  if (textHashes.size >= textHashesMax) textHashes.clear()
  textHashes.set(text, hash)
  return hash
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** The finalizer of MurmurHash3. */
function mixed(word: number): number {
  let hash = word | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}

/** 32 bits that change with nearly every change of the bytes (FNV-1a). */
export function bytesHash(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 | 0
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash
}
