import type { Address } from '../cluster/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import type { Fill } from '../ports/index.ts'
import type { Sending } from './sending.ts'

export interface LaneOptions {
  readonly queueMax: number
  /**
   * Where the messages go: this node, undefined, or another. What it throws, they fail with.
   * @param queue those that wait; some of them may be failed
   */
  readonly route: (next: Sending, queue: () => readonly Sending[]) => Promise<string | undefined>
  /** Hands one over to the activation here; it may be given `back` at once. */
  readonly deliver: (sending: Sending) => void
  /** Sends one to another node. */
  readonly forward: (node: string, sending: Sending) => Promise<void>
  /** Nothing is queued or under way any more. */
  readonly empty: (lane: Lane) => void
}

/**
 * The way from this host to one address, while it is not simply the mailbox of an activation here.
 * Messages leave it in order. Where one comes back, since the address was owned by somebody else,
 * all that follow wait until everything under way has come back or arrived, so that what came back
 * first goes first again.
 */
export class Lane {
  readonly address: Address
  readonly #options: LaneOptions
  /** By `order`. */
  #queue: Sending[] = []
  #underWay = 0
  /** The node messages are sent to at present; undefined before it is known, and for this one. */
  #node: string | undefined
  #routing = false
  #holds = 0

  constructor(address: Address, options: LaneOptions) {
    this.address = address
    this.#options = options
  }

  /** Whether messages have left it that may yet come back. */
  get busy(): boolean {
    return this.#underWay > 0
  }

  fill(): Fill {
    const { queueMax: max } = this.#options
    const of = `way to ${this.address}`
    return { limit: 'mailboxMessagesMax', of, size: this.#queue.length, max }
  }

  /** Takes a new message, or one that came back. */
  take(sending: Sending): void {
    if (this.#queue.length >= this.#options.queueMax) {
      sending.fail(new RealmError('MAILBOX_FULL'))
      return
    }
    if (sending.attempts > 0) this.#node = undefined
    let at = this.#queue.length
    while (at > 0 && (this.#queue[at - 1] as Sending).order > sending.order) at -= 1
    this.#queue.splice(at, 0, sending)
    this.#pump()
  }

  /** The way is another one than thought: what is under way arrives first. */
  reroute(): void {
    this.#node = undefined
    this.#pump()
  }

  /** Nothing leaves until the returned function is called. */
  hold(): () => void {
    this.#holds += 1
    this.#node = undefined
    return () => {
      this.#holds -= 1
      this.#pump()
    }
  }

  /** Tells those who have waited too long. */
  sweep(now: number): void {
    const late = this.#queue.filter(({ deadlineMs }) => deadlineMs <= now)
    if (late.length === 0) return
    this.#queue = this.#queue.filter(({ deadlineMs }) => deadlineMs > now)
    for (const sending of late) sending.fail(new RealmError('DEADLINE', 'It was not begun.'))
    this.#pump()
  }

  #pump(): void {
    if (this.#routing || this.#holds > 0) return
    if (this.#queue.length === 0) {
      if (this.#underWay === 0) this.#options.empty(this)
      return
    }
    if (this.#node !== undefined) this.#forwardAll(this.#node)
    else if (this.#underWay === 0) void this.#route()
  }

  async #route(): Promise<void> {
    this.#routing = true
    let node: string | undefined
    try {
      node = await this.#options.route(this.#queue[0] as Sending, () => this.#queue)
    } catch (error) {
      this.#routing = false
      const unsent = this.#queue
      this.#queue = []
      for (const sending of unsent) sending.reject(toRealmError(error))
      this.#pump()
      return
    }
    this.#routing = false
    this.#queue = this.#queue.filter(({ open }) => open)
    // All of it was too late, or it was held back, while the way was being looked for.
    if (this.#queue.length === 0 || this.#holds > 0) this.#pump()
    else if (node === undefined) this.#deliverAll()
    else this.#forwardAll(node)
  }

  #deliverAll(): void {
    const queue = this.#queue
    this.#queue = []
    // While it is handed over, what comes back or is new waits for its turn.
    this.#routing = true
    for (const sending of queue) {
      if (this.#queue.length === 0) this.#options.deliver(sending)
      else this.#queue.push(sending)
    }
    this.#queue.sort((a, b) => a.order - b.order)
    this.#routing = false
    this.#pump()
  }

  #forwardAll(node: string): void {
    this.#node = node
    const queue = this.#queue
    this.#queue = []
    for (const sending of queue) {
      this.#underWay += 1
      void this.#options.forward(node, sending).then(() => {
        this.#underWay -= 1
        this.#pump()
      })
    }
  }
}
