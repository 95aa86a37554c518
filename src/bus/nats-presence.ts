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

type Verdict = { readonly says: 'free' | 'cut' } | { readonly says: 'taken'; readonly by: string }

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

  /** Asks for the name and takes it when it is free. */
  async claim(): Promise<Verdict['says']> {
    this.#decide?.({ says: 'cut' })
    this.#state = 'asking'
    const verdict = await this.#ask()
    if (this.#state !== 'asking') return 'cut'
    if (verdict.says === 'cut') this.#state = 'away'
    if (verdict.says === 'taken') this.#yield(verdict.by)
    if (verdict.says === 'free') {
      this.#state = 'present'
      this.#incumbent = true
      this.#announce(frameKind.here)
      this.#options.present()
    }
    return verdict.says
  }

  /** The connection is lost. */
  cut(): void {
    if (this.#state === 'present') this.#state = 'away'
    this.#decide?.({ says: 'cut' })
  }

  leave(): void {
    const wasPresent = this.present
    this.#state = 'closed'
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

  /** Another life or a rival asks for this name, or speaks in it. */
  met({ kind, incarnation, body }: OpenedFrame): void {
    const { incarnation: own, place } = this.#options
    if (incarnation === own) return
    if (kind === frameKind.probe) {
      if (this.present) this.asked(place, incarnation)
      else if (this.#state === 'asking') this.#dispute(incarnation, body[0] === 1)
    }
    if (kind === frameKind.here) {
      this.#decide?.({ says: 'taken', by: incarnation })
      if (this.present) this.#yield(incarnation)
    }
    if (kind === frameKind.left && this.replaced && incarnation === this.#rival) {
      // Rejects never: a verdict is always given.
      void this.claim()
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
    this.#state = 'replaced'
    this.#rival = rival
    if (!this.#incumbent) return
    const { log, name } = this.#options
    log.error({ node: name }, 'Another node has taken this name; this one is off the bus.')
  }

  #ask(): Promise<Verdict> {
    const { clock, subjects, place, incarnation, answerTimeoutMs } = this.#options
    return new Promise((resolve) => {
      let timer: Timer | undefined
      const decide = (verdict: Verdict): void => {
        if (this.#decide === decide) this.#decide = undefined
        timer?.cancel()
        resolve(verdict)
      }
      this.#decide = decide
      timer = clock.after(answerTimeoutMs, () => decide({ says: 'free' }))
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
