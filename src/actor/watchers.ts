import type { Clock } from '../ports/index.ts'
import { type Tracked, Writer } from '../schema/index.ts'
import type { ActivationContext, Delivery, Member, Recorded } from './behaviour.ts'
import { leftNotice } from './notices.ts'
import { assertNoFormerGate } from './stay.ts'

/**
 * So long somebody may come back whom nobody knows here: it was cut off and given up, or the owner
 * before has died without a commit since it came. As long as what is kept with a commit.
 */
const expectedMs = 20_000

/** Those who see an actor's state: full once, then what changes, each as far as they may see it. */
export class Watchers {
  readonly #clock: Clock
  readonly #deliver: (delivery: Delivery) => void
  readonly #bySession = new Map<string, Member>()
  readonly #byPlayer = new Map<string, Member>()
  readonly #writer = new Writer()

  #expectedUntilMs: number

  constructor(clock: Clock, deliver: (delivery: Delivery) => void) {
    this.#clock = clock
    this.#deliver = deliver
    this.#expectedUntilMs = clock.now() + expectedMs
  }

  /** Keeps events for those who are there or may soon be back; else only that there were some. */
  record(
    events: readonly Delivery[],
    { record, skip }: Pick<ActivationContext, 'record' | 'skip'>,
  ): Recorded | undefined {
    return this.size > 0 || this.#clock.now() < this.#expectedUntilMs ? record(events) : skip()
  }

  get size(): number {
    return this.#bySession.size
  }

  members(): Iterable<Member> {
    return this.#bySession.values()
  }

  ofSession(session: string): Member | undefined {
    return this.#bySession.get(session)
  }

  /** The same player from another session replaces the former one, which is told. */
  add(member: Member): void {
    const former = this.#byPlayer.get(member.player.id)
    assertNoFormerGate(former, member)
    if (former !== undefined && former.session !== member.session) {
      this.#bySession.delete(former.session)
      this.#deliver(leftNotice([former], 'CHANNEL_REPLACED'))
    }
    this.#bySession.set(member.session, member)
    this.#byPlayer.set(member.player.id, member)
  }

  remove(session: string): void {
    const member = this.#bySession.get(session)
    if (member === undefined) return
    this.#bySession.delete(session)
    this.#byPlayer.delete(member.player.id)
    this.#expectedUntilMs = this.#clock.now() + expectedMs
  }

  sendFull(member: Member, tracked: Tracked<object>): void {
    this.#writer.reset()
    tracked.writeFull(this.#writer, { scope: 'own', player: member.player.id })
    this.#deliver({ kind: 'full', to: [member], event: 0, payload: this.#writer.finish() })
  }

  /**
   * One delta for everybody, and another for each watcher who alone may see something that changed.
   */
  sendDelta(tracked: Tracked<object>): void {
    if (this.#bySession.size === 0) return
    this.#writer.reset()
    if (tracked.writeDelta(this.#writer, { scope: 'public' })) {
      const to = [...this.#bySession.values()]
      this.#deliver({ kind: 'delta', to, event: 0, payload: this.#writer.finish() })
    }
    for (const player of tracked.dirtyOwners()) {
      const member = this.#byPlayer.get(player)
      if (member === undefined) continue
      this.#writer.reset()
      if (tracked.writeDelta(this.#writer, { scope: 'own', player, privateOnly: true })) {
        this.#deliver({ kind: 'delta', to: [member], event: 0, payload: this.#writer.finish() })
      }
    }
  }

  /** An event for all of them. */
  eventOf(event: number, payload: Uint8Array): Delivery {
    const to = [...this.#bySession.values()]
    return { kind: 'event', to, event, payload, everyone: true }
  }
}
