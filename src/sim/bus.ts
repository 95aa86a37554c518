import { RealmError } from '../errors/index.ts'
import type { Bus, BusPort } from '../ports/index.ts'
import type { Owner, SimCore } from './core.ts'
import type { SeededRandom } from './random.ts'
import { bytesHash } from './trace.ts'

type Receive = (from: string, bytes: Uint8Array) => void

interface Member {
  readonly owner: Owner
  readonly receive: Receive
}

/** The bus of a simulated cluster: late, and on demand lossy, repeating and cut in parts. */
export class SimBus {
  readonly #core: SimCore
  readonly #random: SeededRandom
  readonly #members = new Map<string, Member>()
  /** When the last message of a pair arrives: order is kept within a pair only. */
  readonly #lastArrivalMs = new Map<string, number>()
  readonly #cuts = new Set<string>()
  readonly #slow = new Map<string, number>()
  readonly #unplugged = new Set<string>()
  /** Grows each time a node is unplugged: what was under way then never arrives. */
  readonly #plugs = new Map<string, number>()

  constructor(core: SimCore) {
    this.#core = core
    this.#random = core.random.fork('bus')
  }

  /** The bus as `owner` sees it. */
  port(ownerOf: (node: string) => Owner): Bus {
    return {
      join: async (node, receive) => {
        if (this.#members.has(node)) throw new RealmError('NODE_DUPLICATE', `Node: ${node}.`)
        const member: Member = { owner: ownerOf(node), receive }
        this.#members.set(node, member)
        return this.#joined(node, member)
      },
    }
  }

  /** Loses everything that a node of `left` sends to one of `right` from now on. */
  cut(left: readonly string[], right: readonly string[]): void {
    for (const a of left) for (const b of right) this.#cuts.add(`${a}\n${b}`)
  }

  /** Adds to the latency from each node of `left` to each of `right`. */
  slow(left: readonly string[], right: readonly string[], ms: number): void {
    for (const a of left) for (const b of right) this.#slow.set(`${a}\n${b}`, ms)
  }

  /** Breaks a node's connection: nothing goes either way, and what is under way is lost. */
  unplug(node: string): void {
    this.#unplugged.add(node)
    this.#plugs.set(node, this.#plugOf(node) + 1)
  }

  plug(node: string): void {
    this.#unplugged.delete(node)
  }

  /** Ends all cuts and slowness. */
  heal(): void {
    this.#cuts.clear()
    this.#slow.clear()
  }

  /** Removes the members of an owner that died. */
  bury(owner: Owner): void {
    for (const [node, member] of this.#members) {
      if (member.owner === owner) this.#members.delete(node)
    }
  }

  #joined(node: string, member: Member): BusPort {
    const present = (): boolean => this.#members.get(node) === member
    return {
      send: (to, bytes) => {
        if (present() && member.owner.state !== 'dead') this.#send(node, to, bytes)
      },
      close: async () => {
        if (present()) this.#members.delete(node)
      },
    }
  }

  #send(from: string, to: string, bytes: Uint8Array): void {
    const { faults } = this.#core
    const lost = this.#random.float() < faults.busLossRate
    const repeated = this.#random.float() < faults.busDuplicateRate
    const pair = `${from}\n${to}`
    const arrivalMs = this.#core.nowMs + this.#latencyMs() + (this.#slow.get(pair) ?? 0)
    const repeatMs = arrivalMs + this.#latencyMs() * 10
    const unplugged = this.#unplugged.has(from) || this.#unplugged.has(to)
    if (lost || unplugged || this.#cuts.has(pair)) {
      this.#core.note('bus-lost', from, to)
      return
    }
    const inOrderMs = Math.max(arrivalMs, this.#lastArrivalMs.get(pair) ?? 0)
    this.#lastArrivalMs.set(pair, inOrderMs)
    this.#arrive(from, to, bytes, inOrderMs)
    if (repeated) this.#arrive(from, to, bytes, repeatMs)
  }

  #plugOf(node: string): number {
    return this.#plugs.get(node) ?? 0
  }

  #latencyMs(): number {
    const { busLatencyMs, busJitterMs } = this.#core.faults
    return busLatencyMs + this.#random.float() * busJitterMs
  }

  #arrive(from: string, to: string, bytes: Uint8Array, timeMs: number): void {
    const receiver = this.#members.get(to)
    if (!receiver) return
    const sentHash = bytesHash(bytes)
    const plugs = this.#plugOf(from) + this.#plugOf(to)
    this.#core.at(receiver.owner, timeMs, () => {
      if (this.#members.get(to) !== receiver) return
      if (this.#plugOf(from) + this.#plugOf(to) !== plugs) return
      this.#core.note('bus', from, to, bytes)
      if (bytesHash(bytes) !== sentHash) {
        this.#core.errors.push(new Error(`Bytes from ${from} to ${to} were changed after sending.`))
      }
      try {
        receiver.receive(from, bytes)
      } catch (error) {
        this.#core.errors.push(error)
      }
    })
  }
}
