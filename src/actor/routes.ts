import type { Address, ClusterNode } from '../cluster/index.ts'
import { type ErrorCode, RealmError, toRealmError } from '../errors/index.ts'
import type { Fill } from '../ports/index.ts'
import type { Activation } from './activation.ts'
import type { HostMessage } from './behaviour.ts'
import { delay } from './commit.ts'
import { translate } from './editions.ts'
import type { Game } from './game.ts'
import { hostMoved } from './host-messages.ts'
import { Lane } from './lane.ts'
import type { HostLimits } from './limits.ts'
import { hostMessage } from './messages.ts'
import type { Answer } from './passed.ts'
import { Relay } from './relay.ts'
import { type Errand, type Failed, type Sender, Sending } from './sending.ts'

/** Waits between attempts to reach an owner, until its deadline: 10, 20, 40 … ms. */
const resendWaitMs = 10
const resendWaitMsMax = 250
/** Of what came from another node. */
const passedOnAttemptsMax = 6
/** With these a message comes back whose turn has not begun, or has left nothing behind. */
const notBegun: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['NOT_OWNER', 'FENCED', 'NODE_STOPPED'] as const),
  // No node has the role at present; the way to the owner is full.
  ...(['NODE_MISSING', 'BUS_BUSY'] as const),
])
/**
 * What was held back for so long may have been sent by another way, and have been refused by an
 * owner that is gone: none is taken for lost sooner.
 */
const heldMsMax = 500
/** Nodes that a message may pass through before its sender is asked to look again. */
const hopsMax = 4

const noChain: readonly Address[] = []

export interface RoutesOptions {
  readonly node: ClusterNode
  readonly limits: Required<HostLimits>
  readonly find: (address: Address) => Activation | undefined
  /** @throws RealmError where it cannot be active here */
  readonly activate: (address: Address) => Activation
  readonly stopping: () => boolean
  /** The game that runs. */
  readonly game: () => Game
}

/** Brings messages to their addresses: those of one sender to one address arrive in order. */
export class Routes implements Sender {
  readonly #options: RoutesOptions
  /**
   * Of what begins here, and of what other nodes have sent or passed on: neither waits for the
   * other.
   */
  readonly #lanes = new Map<Address, Lane>()
  readonly #cameLanes = new Map<Address, Lane>()
  readonly #relay: Relay<Sending>
  #order = 0
  /** That of what was posted last. */
  #posted: Errand | undefined
  /** The last message that was taken before this node last had no lease. */
  #lapsed = 0
  /** Messages handed to activations here. */
  delivered = 0

  constructor(options: RoutesOptions) {
    this.#options = options
    this.#relay = new Relay(options.node.clock, (sending, nowMs) => this.#begin(sending, nowMs))
    options.node.serve(hostMoved, (from, { address, to }) => this.#moved(from, address, to))
  }

  /** @returns what becomes of it; at once where the address is at rest here and ends its turn. */
  send(address: Address, message: HostMessage, errand: Errand): Answer | Promise<Answer> {
    const sending = this.#sendingOf(address, message, errand, undefined)
    if (this.#relay.waiting) this.#relay.take(sending)
    else this.#begin(sending, errand.nowMs)
    return sending.outcome
  }

  /** As `send` where nobody waits for the answer. */
  post(address: Address, message: HostMessage, nowMs: number, failed: Failed): void {
    const sending = this.#sendingOf(address, message, this.#postedAt(nowMs), failed)
    if (this.#relay.waiting) this.#relay.take(sending)
    else this.#begin(sending, nowMs)
  }

  /** As `post` for what handlers send to each other: it begins when they have ended. */
  postLater(address: Address, message: HostMessage, nowMs: number, failed: Failed): void {
    this.#relay.take(this.#sendingOf(address, message, this.#postedAt(nowMs), failed))
  }

  #sendingOf(
    address: Address,
    message: HostMessage,
    errand: Errand,
    failed: Failed | undefined,
  ): Sending {
    this.#order += 1
    const edition = this.#options.game()
    return new Sending(this, { address, message, errand, edition, order: this.#order }, failed)
  }

  /** What a handler sends is sent in one go, on one errand. */
  #postedAt(nowMs: number): Errand {
    if (this.#posted?.nowMs !== nowMs) {
      const deadlineMs = nowMs + this.#options.limits.messageTimeoutMs
      this.#posted = { chain: noChain, nowMs, deadlineMs }
    }
    return this.#posted as Errand
  }

  /** What is sent to the address waits until the returned function is called. */
  hold(address: Address): () => void {
    const releases = [this.#lanes, this.#cameLanes].map((lanes) => {
      return this.#laneOf(lanes, address).hold()
    })
    return () => {
      for (const release of releases) release()
    }
  }

  fills(): Fill[] {
    return [...this.#lanes.values(), ...this.#cameLanes.values()].map((lane) => lane.fill())
  }

  /** This node has no lease now. */
  lapsed(): void {
    this.#lapsed = this.#order
  }

  sweep(now: number): void {
    for (const lane of this.#lanes.values()) lane.sweep(now)
    for (const lane of this.#cameLanes.values()) lane.sweep(now)
  }

  #begin(sending: Sending, nowMs: number): void {
    const { address, hops } = sending
    const lanes = hops === 0 ? this.#lanes : this.#cameLanes
    const lane = lanes.size === 0 ? undefined : lanes.get(address)
    // What was passed on must wait for nothing that is under way: it might wait for itself.
    const passedOn = hops > 1
    const active = lane === undefined || passedOn ? this.#options.find(address) : undefined
    if (active?.leaving === false) this.#deliver(active, sending, nowMs)
    else if (passedOn && lane?.busy === true) sending.fail(new RealmError('NOT_OWNER'))
    else (lane ?? this.#laneOf(lanes, address)).take(sending)
  }

  #deliver(active: Activation, sending: Sending, nowMs: number): void {
    this.delivered += 1
    active.take(sending, nowMs)
  }

  #laneOf(lanes: Map<Address, Lane>, address: Address): Lane {
    const known = lanes.get(address)
    if (known !== undefined) return known
    const { limits, activate } = this.#options
    const lane = new Lane(address, {
      queueMax: limits.mailboxMessagesMax,
      route: async (next, queue) => {
        const owner = await this.#route(next)
        await this.#dropUnwanted(queue)
        return owner
      },
      deliver: (sending) => {
        try {
          this.#deliver(activate(address), sending, this.#options.node.clock.now())
        } catch (error) {
          this.refused(sending, toRealmError(error))
        }
      },
      forward: (node, sending) => this.#forward(node, sending),
      empty: (empty) => {
        if (lanes.get(address) === empty) lanes.delete(address)
      },
    })
    lanes.set(address, lane)
    return lane
  }

  async #route({ address, attempts, hops }: Sending): Promise<string | undefined> {
    const { node, find } = this.#options
    if (attempts > 0) {
      const waitMs = resendWaitMs * 2 ** Math.min(attempts - 1, 10)
      await delay(node.clock, Math.min(resendWaitMsMax, waitMs))
    }
    // All that it has not kept comes back before it is gone.
    while (find(address)?.leaving === true) await find(address)?.gone
    if (find(address) !== undefined) return undefined
    // Whoever sent it here saw good reason to; if it belongs elsewhere, the claim will tell.
    if (hops > 0 && attempts === 0) return undefined
    const owner = await node.locate(address)
    return owner === node.id ? undefined : owner
  }

  /** To be called once the owner is known: who asks it by another way later, will find it there. */
  async #dropUnwanted(queue: () => readonly Sending[]): Promise<void> {
    const { clock } = this.#options.node
    const asked = new Set<Sending>()
    for (;;) {
      const nowMs = clock.now()
      const unsure = queue().filter((sending) => {
        const { wanted } = sending
        return wanted !== undefined && nowMs - wanted.knownMs >= heldMsMax && !asked.has(sending)
      })
      if (unsure.length === 0) return
      const answers = unsure.map(async (sending) => {
        asked.add(sending)
        try {
          await sending.wanted?.ask()
          if (sending.wanted !== undefined) sending.wanted.knownMs = nowMs
        } catch (error) {
          sending.fail(toRealmError(error))
        }
      })
      await Promise.all(answers)
    }
  }

  async #forward(to: string, sending: Sending): Promise<void> {
    const { node, game } = this.#options
    const { address, edition, chain, deadlineMs, hops, from } = sending
    const nowMs = node.clock.now()
    const timeoutMs = deadlineMs - nowMs
    try {
      if (hops >= hopsMax) throw new RealmError('NOT_OWNER', 'It was passed on too often.')
      if (timeoutMs <= 0) throw new RealmError('DEADLINE', 'It was not begun.')
      if (from !== undefined) node.post(from, hostMoved, { address, to })
      const message = translate(sending.message, address, edition, game())
      const firstMs = message.op === 'call' ? message.firstMs : undefined
      const agoMs = firstMs === undefined ? undefined : nowMs - firstMs
      const envelope = { address, message, chain, timeoutMs, hops: hops + 1, agoMs }
      sending.sentMs ??= nowMs
      const answer = await node.request(to, hostMessage, envelope, timeoutMs)
      sending.answer(answer)
    } catch (error) {
      this.refused(sending, toRealmError(error))
    }
  }

  /** It was not taken, or what it did was not kept: it is sent again where that is safe. */
  refused(sending: Sending, error: RealmError): void {
    const { address, hops, deadlineMs } = sending
    sending.attempts += 1
    const late = this.#options.node.clock.now() >= deadlineMs
    const lost = hops > 0 && !this.#mayPassOn(sending, error)
    if (late || lost || hops >= hopsMax || !this.#mayResend(error, sending)) {
      sending.fail(error)
      return
    }
    // Whatever became of it there.
    if (error.code === 'NODE_LOST') sending.repeats()
    if (error.code !== 'BUS_BUSY') this.#options.node.forget(address, error)
    this.#laneOf(hops === 0 ? this.#lanes : this.#cameLanes, address).take(sending)
  }

  /**
   * Whoever sent it here may take us for lost, once our lease has ended, and send it again by
   * another way: then a second one must not follow it.
   */
  #mayPassOn({ order }: Sending, { code }: RealmError): boolean {
    return code !== 'FENCED' && order > this.#lapsed
  }

  /** Whether another attempt can neither act twice nor be in vain. */
  #mayResend({ code }: RealmError, { message: { op }, attempts, hops }: Sending): boolean {
    if (this.#options.stopping() || op === 'wake') return false
    // Whoever sent it here knows better than this node where else it may go.
    if (hops > 0 && attempts >= passedOnAttemptsMax) return false
    // What had effect is known by its id; only commands have none, and are soon out of date anyway.
    if (code === 'NODE_LOST') return op !== 'command' && op !== 'commands'
    return notBegun.has(code)
  }

  /** A node that passed our messages on tells where to. */
  #moved(from: string, address: Address, to: string): undefined {
    const { node } = this.#options
    if (to === from) return
    node.forget(address, new RealmError('NOT_OWNER', `Owner: ${to}.`))
    this.#lanes.get(address)?.reroute()
    this.#cameLanes.get(address)?.reroute()
  }
}
