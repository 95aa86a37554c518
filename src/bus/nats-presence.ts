import type { Clock, Log, Timer } from '../ports/index.ts'
import { frameHead, frameKind, type OpenedFrame } from './frame.ts'
import type { Link } from './nats-link.ts'
import type { Subjects } from './nats-subjects.ts'

export interface PresenceOptions {
  readonly name: string
  readonly place: string
  readonly incarnation: string
  readonly subjects: Subjects
  readonly clock: Clock
  readonly log: Log
  /** Whoever has the name and does not answer within this time is not seen. */
  readonly answerTimeoutMs: number
  /** The name is this node's from now on. */
  readonly present: () => void
}

/** `silent`: somebody hears the question and does not answer. */
type Verdict =
  | { readonly says: 'free' | 'silent' | 'cut' }
  | { readonly says: 'taken'; readonly by: string }

/** A node whose name was taken asks again this often, should it have missed that it is free. */
const returnMs = 3000

/**
 * A node's hold on its name. It asks whether anybody has the name before it says that it is here:
 * when it joins, after each loss of the connection, and when a rival left. Until then it sends
 * nothing, so that a former life that wakes up finds itself replaced before it can disturb.
 */
export class Presence {
  readonly #options: PresenceOptions
  readonly #link: () => Link | undefined
  #state: 'away' | 'asking' | 'present' | 'replaced' | 'closed' = 'away'
  /** Whether it ever had the name; then it comes before nodes that never had. */
  #incumbent = false
  #rival = ''
  #decide: ((verdict: Verdict) => void) | undefined
  #return: Timer | undefined

  constructor(options: PresenceOptions, link: () => Link | undefined) {
    this.#options = options
    this.#link = link
  }

  get present(): boolean {
    return this.#state === 'present'
  }

  get replaced(): boolean {
    return this.#state === 'replaced'
  }

  /** Asks for the name and takes it when it is free, or when whoever has it does not answer. */
  async claim(): Promise<'present' | 'taken' | 'cut'> {
    const verdict = await this.#ask('asking')
    if (this.#state !== 'asking') return 'cut'
    if (verdict.says === 'taken') this.#yield(verdict.by)
    else if (verdict.says === 'cut') this.#state = 'away'
    else this.#take()
    return verdict.says === 'taken' || verdict.says === 'cut' ? verdict.says : 'present'
  }

  /** Returns after a rival, but only when it is certain to be gone. */
  async #reclaim(): Promise<void> {
    const verdict = await this.#ask('replaced')
    if (this.#state === 'replaced' && verdict.says === 'free') this.#take()
  }

  #take(): void {
    this.#return?.cancel()
    this.#state = 'present'
    this.#incumbent = true
    this.#announce(frameKind.here)
    this.#options.present()
  }

  /** The connection is back. */
  up(): void {
    // Reject never: a verdict is always given.
    void (this.replaced ? this.#reclaim() : this.claim())
  }

  /** The connection is lost. */
  down(): void {
    if (this.#state === 'present') this.#state = 'away'
    this.#decide?.({ says: 'cut' })
  }

  leave(): void {
    const wasPresent = this.present
    this.#state = 'closed'
    this.#return?.cancel()
    this.#decide?.({ says: 'cut' })
    if (wasPresent) this.#announce(frameKind.left)
  }

  /** The server says that nobody else hears this name's questions. */
  nobody(): void {
    this.#decide?.({ says: 'free' })
  }

  /** Somebody asks who is here. */
  asked(place: string, incarnation: string): void {
    if (!this.present) return
    const { subjects, place: own, incarnation: life } = this.#options
    const inbox = subjects.inbox(place, incarnation, own)
    this.#link()?.publish(inbox, frameHead(frameKind.here, life))
  }

  /** Another life or a rival asks for this name. */
  disputed({ kind, incarnation, body }: OpenedFrame): void {
    if (kind !== frameKind.probe) return
    if (this.present) this.asked(this.#options.place, incarnation)
    else if (this.#state === 'asking') this.#dispute(incarnation, body[0] === 1)
  }

  /**
   * Whoever has the name answers. An answer that comes late, from a process that was stopped, is
   * from a life that does not yet know that it was replaced.
   */
  answered({ kind, incarnation }: OpenedFrame): void {
    if (kind === frameKind.here) this.#decide?.({ says: 'taken', by: incarnation })
  }

  /** Somebody says to all that it came or left under this name. */
  heard({ kind, incarnation }: OpenedFrame): void {
    if (kind === frameKind.here) {
      this.#decide?.({ says: 'taken', by: incarnation })
      if (this.present) this.#yield(incarnation)
    }
    if (kind === frameKind.left && this.replaced && incarnation === this.#rival) {
      // Rejects never: a verdict is always given.
      void this.#reclaim()
    }
  }

  /** Two ask at once: the incumbent has the name, then the smaller incarnation. */
  #dispute(incarnation: string, incumbent: boolean): void {
    const { incarnation: own, subjects, place } = this.#options
    const first = this.#incumbent === incumbent ? own < incarnation : this.#incumbent
    if (!first) this.#decide?.({ says: 'taken', by: incarnation })
    else {
      const inbox = subjects.inbox(place, incarnation, place)
      this.#link()?.publish(inbox, frameHead(frameKind.here, own))
    }
  }

  #yield(rival: string): void {
    const { clock, log, name } = this.#options
    this.#state = 'replaced'
    this.#rival = rival
    if (!this.#incumbent) return
    log.error({ node: name }, 'Another node has taken this name; this one is off the bus.')
    this.#return?.cancel()
    this.#return = clock.every(returnMs, () => void this.#reclaim())
  }

  #ask(state: 'asking' | 'replaced'): Promise<Verdict> {
    const { clock, subjects, place, incarnation, answerTimeoutMs } = this.#options
    this.#decide?.({ says: 'cut' })
    this.#state = state
    return new Promise((resolve) => {
      let timer: Timer | undefined
      const decide = (verdict: Verdict): void => {
        if (this.#decide === decide) this.#decide = undefined
        timer?.cancel()
        resolve(verdict)
      }
      this.#decide = decide
      timer = clock.after(answerTimeoutMs, () => decide({ says: 'silent' }))
      const head = frameHead(frameKind.probe, incarnation)
      const probe = new Uint8Array(head.length + 1)
      probe.set(head)
      probe[head.length] = this.#incumbent ? 1 : 0
      const reply = subjects.inbox(place, incarnation, place)
      this.#link()?.publish(subjects.who(place, place), probe, reply)
    })
  }

  #announce(kind: number): void {
    const { subjects, place, incarnation } = this.#options
    this.#link()?.publish(subjects.here(place), frameHead(kind, incarnation))
  }
}
