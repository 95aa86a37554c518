import { Writer } from '../schema/index.ts'

/** Messages of one moment share a WebSocket message up to this size. */
const batchBytesMax = 16 * 1024

/** Gathers what is sent in one turn of the event loop into few WebSocket messages. */
export class Outbox {
  readonly #writer = new Writer(1024)
  readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void
  #scheduled = false

  constructor(send: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#send = send
  }

  write(bytes: Uint8Array): void {
    const { length } = this.#writer
    if (length > 0 && length + bytes.length > batchBytesMax) this.flush()
    this.#writer.raw(bytes)
    if (this.#scheduled) return
    this.#scheduled = true
    void Promise.resolve().then(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  flush(): void {
    if (this.#writer.length === 0) return
    const bytes = this.#writer.finish()
    this.#writer.reset()
    this.#send(bytes)
  }

  /** Forgets what was not sent. */
  clear(): void {
    this.#writer.reset()
  }
}
