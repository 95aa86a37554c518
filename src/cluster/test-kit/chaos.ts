import type { BusPort, Clock, Random, Timer } from '../../ports/index.ts'

interface Due {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** How a bus treats its messages; rates are probabilities 0–1. */
export interface Faults {
  readonly lossRate: number
  readonly repeatRate: number
  readonly latencyMs: number
  /** The most that is added to a latency: most messages get little of it, a few get much. */
  readonly jitterMs: number
}

type Receive = (from: string, bytes: Uint8Array) => void

/** A bus without any virtue, in a time of its own that passes as fast as events can be run. */
export class Chaos {
  readonly random: Random
  readonly clock: Clock
  faults: Faults
  /** Nodes on one side cannot reach those on the other. */
  apart: readonly string[] = []
  /** Sees every message that is sent. */
  tap: (from: string, to: string, bytes: Uint8Array) => void = () => {}
  #nowMs = 0
  #orders = 0
  #dues: Due[] = []
  readonly #receivers = new Map<string, Receive>()

  constructor(seed: number, faults: Faults) {
    this.random = smallRandom(seed)
    this.faults = faults
    this.clock = {
      now: () => this.#nowMs,
      wallMs: () => this.#nowMs,
      after: (delayMs, run) => this.#after(delayMs, run),
      every: (periodMs, run) => this.#every(periodMs, run),
    }
  }

  /** Whoever had the name before hears nothing any more. */
  join(node: string, receive: Receive): BusPort {
    this.#receivers.set(node, receive)
    return {
      send: (to, bytes) => {
        if (this.#receivers.get(node) === receive) this.send(node, to, bytes)
      },
      close: async () => {
        if (this.#receivers.get(node) === receive) this.#receivers.delete(node)
      },
    }
  }

  send(from: string, to: string, bytes: Uint8Array): void {
    this.tap(from, to, bytes)
    const { lossRate, repeatRate, latencyMs, jitterMs } = this.faults
    if (this.apart.includes(from) !== this.apart.includes(to)) return
    const copies = this.random.float() < repeatRate ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.random.float() < lossRate) continue
      const delayMs = latencyMs + this.random.float() ** 4 * jitterMs
      this.#after(delayMs, () => this.#receivers.get(to)?.(from, bytes))
    }
  }

  /** Lets time pass, with all that follows from each event before the next one. */
  async run(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await settle()
    for (;;) {
      const next = this.#next()
      if (next === undefined || next.atMs > endMs) break
      this.#nowMs = next.atMs
      this.#drop(next)
      next.run()
      await settle()
    }
    this.#nowMs = endMs
  }

  /** Whether nothing is left that could happen. */
  get quiet(): boolean {
    return this.#dues.length === 0
  }

  #next(): Due | undefined {
    let best: Due | undefined
    for (const due of this.#dues) {
      const earlier = best === undefined || due.atMs < best.atMs
      if (earlier || (due.atMs === best?.atMs && due.order < best.order)) best = due
    }
    return best
  }

  #drop(due: Due): void {
    this.#dues = this.#dues.filter((other) => other !== due)
  }

  #after(delayMs: number, run: () => void): Timer {
    this.#orders += 1
    const due = { atMs: this.#nowMs + delayMs, order: this.#orders, run }
    this.#dues.push(due)
    return { cancel: () => this.#drop(due) }
  }

  #every(periodMs: number, run: () => void): Timer {
    let timer: Timer
    const fire = (): void => {
      timer = this.#after(periodMs, fire)
      run()
    }
    timer = this.#after(periodMs, fire)
    return { cancel: () => timer.cancel() }
  }
}

/** Enough turns of the microtask queue for a flush, a look-up and what follows from them. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await undefined
}

/** Randomness that repeats itself (splitmix32). */
export function smallRandom(seed: number): Random {
  let state = seed >>> 0
  const u32 = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  const float = (): number => u32() / 2 ** 32
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => u32() & 255)
  return { u32, float, bytes, id: () => u32().toString(36).padStart(16, '0') }
}
