import type { MessagePort } from 'node:worker_threads'
import type { BetweenThreads } from './threads-wire.ts'

export interface ThreadLinkHandlers {
  frame(to: number, from: string, frame: ArrayBuffer): void
  /** The other thread has worked off something. */
  opened(): void
}

/** A thread tells another what it has worked off each time it is this much. */
const confirmBytes = 65_536

/** The port to another thread, and how much that thread has not worked off yet. */
export class ThreadLink {
  readonly #port: MessagePort
  readonly #windowBytesMax: number
  /** Sent and not yet worked off over there. */
  #sentBytes = 0
  /** Worked off here and not yet told. */
  #untoldBytes = 0

  constructor(port: MessagePort, windowBytesMax: number, handlers: ThreadLinkHandlers) {
    this.#port = port
    this.#windowBytesMax = Math.max(windowBytesMax, confirmBytes)
    port.on('message', (message: BetweenThreads) => {
      if (typeof message === 'number') {
        this.#sentBytes -= message
        handlers.opened()
        return
      }
      handlers.frame(message.to, message.from, message.frame)
      this.#workedOff(message.frame.byteLength)
    })
    port.unref()
  }

  get full(): boolean {
    return this.#sentBytes >= this.#windowBytesMax
  }

  /** Hands over the frame; nobody here can read it any more. */
  send(to: number, from: string, frame: ArrayBuffer): void {
    this.#sentBytes += frame.byteLength
    const message: BetweenThreads = { to, from, frame }
    this.#port.postMessage(message, [frame])
  }

  close(): void {
    this.#port.close()
  }

  #workedOff(bytes: number): void {
    this.#untoldBytes += bytes
    if (this.#untoldBytes < confirmBytes) return
    const told: BetweenThreads = this.#untoldBytes
    this.#untoldBytes = 0
    this.#port.postMessage(told)
  }
}
