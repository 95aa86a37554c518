import { RealmError } from '../../errors/index.ts'
import { clientMessages, type DesyncReport, desyncText } from '../../protocol/index.ts'
import type { Channel } from '../channel.ts'
import { type Emitter, emitter } from '../emitter.ts'
import type { Hub } from '../hub.ts'

/** A proof that did not come within this time is asked for again. */
const proofMs = 5000

/** What becomes of a difference between what the client has of a world and what it should have. */
export class Integrity {
  readonly found: Emitter<[report: DesyncReport]>
  listeners = 0
  readonly #hub: Hub
  readonly #channel: Channel
  /** By stream, when its proof was asked for. */
  readonly #asked = new Map<number, number>()

  constructor(hub: Hub, channel: Channel) {
    this.#hub = hub
    this.#channel = channel
    this.found = emitter((thrown) => hub.fault(thrown))
  }

  /** The streams begin anew. */
  restart(): void {
    this.#asked.clear()
  }

  /** The checksum of a stream was not that of the world. */
  suspect(stream: number, tick: number): void {
    const now = this.#hub.host.clock.now()
    if (now - (this.#asked.get(stream) ?? Number.NEGATIVE_INFINITY) < proofMs) return
    this.#asked.set(stream, now)
    const { number } = this.#channel
    this.#channel.note(clientMessages.encode('desync', { channel: number, stream, tick }))
  }

  /** The truth came, and was taken over. */
  proven(report: DesyncReport): void {
    this.#asked.delete(report.stream)
    const text = desyncText(report)
    const { number } = this.#channel
    this.#channel.note(clientMessages.encode('desyncReport', { channel: number, report: text }))
    if (this.listeners > 0) this.found.emit(report)
    else this.#hub.report(new RealmError('WORLD_DESYNC', text))
  }
}
