import type { Address, ClusterNode } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Activation } from './activation.ts'
import { delay } from './commit.ts'
import type { Moves } from './moves.ts'

export interface EvacuateOptions {
  /** What is still here after this stays until the host stops. Default 30,000. */
  readonly timeLimitMs?: number
  /**
   * How long rooms with `moves: false` may go on here, to come to an end by themselves, before they
   * are moved like all others. Default half of `timeLimitMs`.
   */
  readonly finishMs?: number
}

export interface EvacuationReport {
  /** Activations that went on at another node. */
  readonly moved: number
  /** Activations that nobody needed at the time: they are activated elsewhere when asked for. */
  readonly asleep: number
  /** Addresses that are still active here. */
  readonly left: readonly Address[]
}

/** Moves under way at a time. */
const movesMax = 32
/** What could not be moved is tried again after this. */
const retryMs = 1000
const lookMs = 50

/** Empties a node that is to stop, while it serves what has not gone yet. */
export class Evacuation {
  readonly #node: ClusterNode
  readonly #moves: Moves
  readonly #activations: ReadonlyMap<Address, Activation>
  /** When a move was begun. */
  readonly #begunMs = new Map<Address, number>()
  #running = 0
  #moved = 0
  #asleep = 0
  /** Whether nothing new becomes active here, if there is a better place. */
  begun = false

  constructor(node: ClusterNode, moves: Moves, activations: ReadonlyMap<Address, Activation>) {
    this.#node = node
    this.#moves = moves
    this.#activations = activations
  }

  async run({ timeLimitMs = 30_000, finishMs }: EvacuateOptions): Promise<EvacuationReport> {
    const { clock } = this.#node
    const startMs = clock.now()
    await this.#node.drain()
    this.begun = true
    const finishEndMs = startMs + (finishMs ?? timeLimitMs / 2)
    for (;;) {
      const now = clock.now()
      if (this.#activations.size === 0 || now >= startMs + timeLimitMs) break
      const waiting = this.#sendAway(now, now < finishEndMs)
      if (!waiting && this.#running === 0) break
      await delay(clock, lookMs)
    }
    const left = [...this.#activations.keys()]
    return { moved: this.#moved, asleep: this.#asleep, left }
  }

  /**
   * What other nodes are to send to a better place. To be asked only about what is not active here.
   * @throws RealmError `NOT_OWNER` naming that place
   */
  assertOpen(address: Address): void {
    const elsewhere = this.begun ? this.#placeOf(address) : undefined
    if (elsewhere !== undefined) throw new RealmError('NOT_OWNER', `Owner: ${elsewhere}.`)
  }

  /** @returns whether there is anything that may yet go */
  #sendAway(now: number, mayFinish: boolean): boolean {
    let waiting = false
    for (const [address, activation] of this.#activations) {
      if (this.#running >= movesMax) return true
      if (activation.leaving) {
        waiting = true
      } else if (mayFinish && activation.finishes) {
        waiting = true
      } else {
        const to = this.#placeOf(address)
        if (to === undefined) continue
        waiting = true
        const begunMs = this.#begunMs.get(address) ?? Number.NEGATIVE_INFINITY
        if (now >= begunMs + retryMs) {
          this.#begunMs.set(address, now)
          void this.#send(activation, to)
        }
      }
    }
    return waiting
  }

  async #send(activation: Activation, to: string): Promise<void> {
    const { address } = activation
    this.#running += 1
    try {
      if (activation.needless) {
        await activation.sleep()
        this.#asleep += 1
      } else {
        await this.#moves.move(address, to)
        this.#moved += 1
      }
    } catch (error) {
      this.#node.log.warn({ error, address, to }, 'It could not be moved; it is tried again.')
    } finally {
      this.#running -= 1
    }
  }

  /** Another node that has room for it. */
  #placeOf(address: Address): string | undefined {
    try {
      const { id, draining } = this.#node.place(address)
      return draining || id === this.#node.id ? undefined : id
    } catch {
      return undefined
    }
  }
}
