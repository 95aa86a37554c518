import type { ActivationContext, Member } from '../actor/index.ts'
import type { Clock, Timer } from '../ports/index.ts'
import { type Tracked, Writer } from '../schema/index.ts'

/**
 * Sends what changed in a room's state: one delta, encoded once, for everybody, and a second one
 * only for players who own a hidden field that changed. At most `syncHz` times a second; the first
 * change after a pause leaves at once.
 */
export class StateSync {
  readonly #context: ActivationContext
  readonly #tracked: Tracked<object>
  readonly #periodMs: number
  readonly #clock: Clock
  readonly #members: () => Iterable<Member>
  readonly #writer = new Writer()
  #lastFlushMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined

  constructor(options: {
    context: ActivationContext
    tracked: Tracked<object>
    syncHz: number
    /** Members that have received a full state. */
    members: () => Iterable<Member>
  }) {
    this.#context = options.context
    this.#tracked = options.tracked
    this.#periodMs = 1000 / options.syncHz
    this.#clock = options.context.clock
    this.#members = options.members
  }

  /** Called after every turn that may have changed the state. */
  turnEnded(): void {
    if (!this.#tracked.dirty || this.#timer !== undefined) return
    const waitMs = this.#lastFlushMs + this.#periodMs - this.#clock.now()
    if (waitMs <= 0) this.flush()
    else this.#timer = this.#clock.after(waitMs, () => this.flush())
  }

  /** Sends all changes since the last flush, now. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (!this.#tracked.dirty) return
    this.#lastFlushMs = this.#clock.now()
    const members = [...this.#members()]
    this.#sendPublic(members)
    this.#sendOwn(members)
    this.#tracked.clearDirty()
  }

  /** The whole state as this member may see it; changes until now must have been flushed. */
  sendFull(member: Member): void {
    this.#writer.reset()
    this.#tracked.writeFull(this.#writer, { scope: 'own', player: member.player.id })
    this.#deliver('full', [member])
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #sendPublic(members: Member[]): void {
    this.#writer.reset()
    if (members.length > 0 && this.#tracked.writeDelta(this.#writer, { scope: 'public' })) {
      this.#deliver('delta', members)
    }
  }

  #sendOwn(members: Member[]): void {
    for (const player of this.#tracked.dirtyOwners()) {
      const owners = members.filter((member) => member.player.id === player)
      if (owners.length === 0) continue
      this.#writer.reset()
      if (this.#tracked.writeDelta(this.#writer, { scope: 'own', player, privateOnly: true })) {
        this.#deliver('delta', owners)
      }
    }
  }

  #deliver(kind: 'full' | 'delta', to: Member[]): void {
    this.#context.deliver({ kind, to, event: 0, payload: this.#writer.finish() })
  }
}
