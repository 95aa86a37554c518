import type { Link } from './nats-link.ts'

/** After so many bytes the server is asked to confirm. */
const confirmBytes = 65_536

/**
 * How much is on its way. The server is asked to confirm that it has read what was sent, so that a
 * slow or stopped one is noticed before this process fills its own memory.
 */
export class Window {
  readonly #bytesMax: number
  readonly #opened: () => void
  #bytes = 0
  #confirming = false

  /** `opened` is called each time the server has confirmed something. */
  constructor(bytesMax: number, opened: () => void) {
    this.#bytesMax = Math.max(bytesMax, confirmBytes)
    this.#opened = opened
  }

  get full(): boolean {
    return this.#bytes >= this.#bytesMax
  }

  /** So many bytes were given to the link. */
  sent(link: Link, bytes: number): void {
    this.#bytes += bytes
    this.#confirm(link)
  }

  /** The connection is lost, and what was on its way with it. */
  reset(): void {
    this.#bytes = 0
  }

  #confirm(link: Link): void {
    if (this.#confirming || this.#bytes < confirmBytes) return
    this.#confirming = true
    const asked = this.#bytes
    const confirmed = (): void => {
      this.#confirming = false
      this.#bytes = Math.max(0, this.#bytes - asked)
      this.#opened()
      this.#confirm(link)
    }
    link.flush().then(confirmed, () => {
      this.#confirming = false
    })
  }
}
