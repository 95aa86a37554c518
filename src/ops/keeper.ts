import type { Clock, Timer } from '../ports/index.ts'

/** One life of a process or thread. */
export interface Life {
  readonly pid: number | undefined
  /** Settles once it does its work; never where it ends before. */
  readonly ready: Promise<void>
  readonly ended: Promise<Ending>
  /** @param answered told as soon as it answers, if it ever does */
  ping(answered: () => void): void
  /** Asks it to end. @param handsOver others go on with what it has */
  stop(handsOver: boolean): void
  kill(): void
}

/** How a life ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

/**
 * - `starting`: it runs, but does not work yet; `ready`: it works.
 * - `waiting`: it ended by itself and starts again soon; `parked`: it did so again and again.
 * - `stopping`: it was asked to end; `stopped`: it has, and stays so.
 */
export type KeeperState = 'starting' | 'ready' | 'waiting' | 'parked' | 'stopping' | 'stopped'

export type KeeperEvent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly ending: Ending; readonly againInMs: number }
  | { readonly kind: 'parked'; readonly ending: Ending; readonly againInMs: number }
  | { readonly kind: 'killed'; readonly afterMs: number }
  | { readonly kind: 'hung'; readonly afterMs: number }

export interface KeeperOptions<L extends Life> {
  readonly clock: Clock
  readonly launch: () => L
  readonly tell: (event: KeeperEvent) => void
  /** How long a life may take to stop before it is killed. */
  readonly stopTimeoutMs: number
  /** How long a life that has worked may not answer before it is killed; 0 for ever. */
  readonly hangTimeoutMs: number
}

/** Whoever has worked for so long may crash anew as if it had not before. */
const provenMs = 60_000
const backoffMs = 200
/** Ends in a row, none of the lives proven, that park it. */
const endsMax = 6
const parkMs = 60_000
const pingMs = 500

/** Keeps one process alive: starts it again when it ends, or hangs, later each time. */
export class Keeper<L extends Life> {
  readonly #options: KeeperOptions<L>
  #life: L | undefined
  #state: KeeperState = 'stopped'
  #readyMs = Number.POSITIVE_INFINITY
  /** In a row, without one that was proven. */
  #ends = 0
  #restarts = 0
  #again: Timer | undefined
  #work: () => void = () => {}
  /** Resolves when it works for the first time. */
  readonly worked = new Promise<void>((resolve) => {
    this.#work = resolve
  })

  constructor(options: KeeperOptions<L>) {
    this.#options = options
  }

  get state(): KeeperState {
    return this.#state
  }

  get life(): L | undefined {
    return this.#life
  }

  /** How often it was started again after it had ended by itself. */
  get restarts(): number {
    return this.#restarts
  }

  start(): void {
    this.#again?.cancel()
    this.#take(this.#options.launch(), 'starting')
  }

  /** Settles when it has ended for good. @param handsOver others go on with what it has */
  async stop(handsOver = false): Promise<void> {
    this.#again?.cancel()
    const life = this.#life
    this.#state = life === undefined ? 'stopped' : 'stopping'
    if (life === undefined) return
    await this.#end(life, handsOver)
    this.#state = 'stopped'
  }

  /**
   * Puts a new life in the place of the running one, which goes on until the new one works, and
   * then hands over.
   * @returns false where the new one did not come to work; the running one goes on then
   */
  async replace(readyTimeoutMs: number): Promise<boolean> {
    const { clock, launch } = this.#options
    const former = this.#life
    const next = launch()
    let timer: Timer | undefined
    const late = new Promise<false>((resolve) => {
      timer = clock.after(readyTimeoutMs, () => resolve(false))
    })
    const came = next.ready.then(() => true)
    const ready = await Promise.race([came, next.ended.then(() => false), late])
    timer?.cancel()
    if (!ready || this.#state === 'stopping' || this.#state === 'stopped') {
      next.kill()
      await next.ended
      return false
    }
    this.#again?.cancel()
    // What crashed while the new one was starting is not started again beside it.
    const left = this.#life === former ? undefined : this.#life
    this.#take(next, 'ready')
    await Promise.all([former, left].map((life) => life && this.#end(life, true)))
    return true
  }

  #take(life: L, state: 'starting' | 'ready'): void {
    this.#life = life
    this.#state = state
    this.#readyMs = state === 'ready' ? this.#options.clock.now() : Number.POSITIVE_INFINITY
    void life.ready.then(() => this.#ready(life))
    void life.ended.then((ending) => this.#ended(life, ending))
    void this.#watch(life)
  }

  /**
   * Counts pings, not time: after a pause of this process itself, those it keeps have not had the
   * time to answer.
   */
  async #watch(life: L): Promise<void> {
    const { clock, hangTimeoutMs, tell } = this.#options
    if (hangTimeoutMs === 0) return
    await life.ready
    let unanswered = 0
    const pings = clock.every(pingMs, () => {
      if (unanswered * pingMs < hangTimeoutMs) {
        unanswered += 1
        life.ping(() => {
          unanswered = 0
        })
        return
      }
      pings.cancel()
      tell({ kind: 'hung', afterMs: hangTimeoutMs })
      life.kill()
    })
    await life.ended
    pings.cancel()
  }

  #ready(life: L): void {
    if (this.#life !== life || this.#state !== 'starting') return
    this.#state = 'ready'
    this.#readyMs = this.#options.clock.now()
    this.#work()
    this.#options.tell({ kind: 'ready' })
  }

  #ended(life: L, ending: Ending): void {
    if (this.#life !== life) return
    this.#life = undefined
    if (this.#state === 'stopping' || this.#state === 'stopped') return
    const { clock, tell } = this.#options
    const proven = clock.now() >= this.#readyMs + provenMs
    this.#ends = proven ? 1 : this.#ends + 1
    const parked = this.#ends >= endsMax
    const againInMs = parked ? parkMs : backoffMs * 2 ** (this.#ends - 1)
    this.#state = parked ? 'parked' : 'waiting'
    tell({ kind: parked ? 'parked' : 'ended', ending, againInMs })
    this.#again = clock.after(againInMs, () => {
      this.#restarts += 1
      this.start()
    })
  }

  async #end(life: L, handsOver: boolean): Promise<void> {
    const { clock, stopTimeoutMs, tell } = this.#options
    life.stop(handsOver)
    const timer = clock.after(stopTimeoutMs, () => {
      tell({ kind: 'killed', afterMs: stopTimeoutMs })
      life.kill()
    })
    await life.ended
    timer.cancel()
  }
}
