import { type Connection, headroomBytes } from '../ports/index.ts'

const batchBytes = 64 * 1024

/**
 * Frames for many clients, made one after the other and then written one after the other: what
 * makes them stays at hand meanwhile, which the kernel would drive out of the processor's caches
 * between any two. They lie in one buffer, each with room before it for what its connection puts
 * there. No larger than need be, since a client that does not read may keep all of it.
 */
export class FrameBatch {
  #buffer = Buffer.allocUnsafeSlow(batchBytes)
  #end = 0
  #count = 0
  readonly #connections: (Connection | undefined)[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []

  /** Where the next frame is to be written, at its `start`. */
  get buffer(): Uint8Array {
    return this.#buffer
  }

  /** Makes room for a frame. @returns where it is to begin */
  add(connection: Connection, length: number): number {
    if (this.#end + headroomBytes + length > this.#buffer.length) {
      this.write()
      if (headroomBytes + length > this.#buffer.length) {
        this.#buffer = Buffer.allocUnsafeSlow(headroomBytes + length)
      }
    }
    const start = this.#end + headroomBytes
    this.#end = start + length
    const at = this.#count++
    this.#connections[at] = connection
    this.#starts[at] = start
    this.#ends[at] = this.#end
    return start
  }

  /** Writes all frames, each to its connection. */
  write(): void {
    let free = true
    for (let at = 0; at < this.#count; at += 1) {
      const connection = this.#connections[at] as Connection
      this.#connections[at] = undefined
      const [start, end] = [this.#starts[at] as number, this.#ends[at] as number]
      if (!connection.sendWithin(this.#buffer, start, end)) free = false
    }
    if (!free) this.#buffer = Buffer.allocUnsafeSlow(batchBytes)
    this.#count = 0
    this.#end = 0
  }
}
