import type {
  ActivationContext,
  Block,
  Delivery,
  GameScope,
  Member,
  Part,
  TileBatch,
} from '../../actor/index.ts'
import { type ErrorCode, RealmError } from '../../errors/index.ts'
import { type Clock, type Random, silentLog, type Timer } from '../../ports/index.ts'
import { encode, type Type } from '../../schema/index.ts'
import type { WorldBehaviour } from '../world.ts'

export { bodiesOf, Viewer } from './viewer.ts'

/** A clock that stands still until it is advanced. */
export class ManualClock implements Clock {
  #now = 1000
  #timers: { dueMs: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#now
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { dueMs: this.#now + delayMs, run }
    this.#timers.push(timer)
    return { cancel: () => this.#remove(timer) }
  }

  every(periodMs: number, run: () => void): Timer {
    let timer: Timer
    const again = () => {
      timer = this.after(periodMs, again)
      run()
    }
    timer = this.after(periodMs, again)
    return { cancel: () => timer.cancel() }
  }

  /** Lets `ms` pass; what falls due runs at its time. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = this.#timers
        .filter(({ dueMs }) => dueMs <= end)
        .sort((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined) break
      this.#remove(next)
      this.#now = Math.max(this.#now, next.dueMs)
      next.run()
    }
    this.#now = Math.max(this.#now, end)
  }

  /** Time passes while nothing can run: a stall. */
  stall(ms: number): void {
    this.#now += ms
  }

  #remove(timer: object): void {
    this.#timers = this.#timers.filter((one) => one !== timer)
  }
}

/** Numbers that are the same at every run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 1
  const u32 = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }
  return {
    u32,
    float: () => u32() / 2 ** 32,
    bytes: (count) => Uint8Array.from({ length: count }, () => u32() & 255),
    id: () => u32().toString(36).padStart(16, '0'),
  }
}

/** What a world would find in the store. */
export interface Stored {
  blob: Uint8Array | undefined
  readonly parts: Map<string, Uint8Array>
}

export interface Harness {
  readonly clock: ManualClock
  readonly stored: Stored
  readonly context: ActivationContext
  readonly world: WorldBehaviour
  readonly deliveries: Delivery[]
  /** Batches by gate, as they were published. */
  readonly batches: Map<string, TileBatch[]>
  readonly logged: string[]
  /** Set to make commits fail. */
  commitError: Error | undefined
  /** Lets the world make one tick. */
  tick(): void
  /** Throws what the sender is told. */
  send(command: number, input: object, session?: string, sequence?: number): void
  sendBytes(command: number, input: Uint8Array, session?: string, sequence?: number): void
  join(player: string, session?: string, gate?: string): Promise<Uint8Array>
}

export interface HarnessOptions {
  readonly stored?: Stored
  readonly epoch?: number
  readonly clock?: ManualClock
  readonly seed?: number
}

const untold = { tell() {}, undo() {} }

/** A started world with everything around it in memory. */
export async function harness(
  block: Block & { readonly behave: NonNullable<Block['behave']> },
  options: HarnessOptions = {},
): Promise<Harness> {
  const clock = options.clock ?? new ManualClock()
  const random = seededRandom(options.seed ?? 7)
  const stored: Stored = options.stored ?? { blob: undefined, parts: new Map() }
  const deliveries: Delivery[] = []
  const batches = new Map<string, TileBatch[]>()
  const logged: string[] = []
  const log = { ...silentLog, error: (_: object, message: string) => void logged.push(message) }
  const made = {
    clock,
    stored,
    deliveries,
    batches,
    logged,
    commitError: undefined,
  } as unknown as {
    -readonly [K in keyof Harness]: Harness[K]
  }
  const context: ActivationContext = {
    address: 'world/test/main',
    key: 'main',
    epoch: options.epoch ?? 1,
    clock,
    random,
    log,
    deliver: (delivery) => void deliveries.push(delivery),
    publish: (gate, batch) => {
      const list = batches.get(gate) ?? []
      batches.set(gate, list)
      list.push(batch)
    },
    commit: async (blob, parts: readonly Part[] = []) => {
      if (made.commitError !== undefined) throw made.commitError
      stored.blob = blob
      for (const { name, bytes } of parts) {
        if (bytes === undefined) stored.parts.delete(name)
        else stored.parts.set(name, bytes)
      }
    },
    ...{ stage: () => {}, transfer: async () => {}, skip: () => undefined, record: () => untold },
    parts: async () => [...stored.parts].map(([name, bytes]) => ({ name, bytes })),
    call: async () => new Uint8Array(),
    end: () => {},
  }
  const scope = { clock, random, log, actor: () => ({}) } as unknown as GameScope
  const world = block.behave(context, scope) as WorldBehaviour
  await world.start(stored.blob)
  const periodMs = 1000 / (block.describe().world?.tickHz ?? 20)
  made.context = context
  made.world = world
  made.tick = () => clock.advance(periodMs)
  let sent = 0
  made.send = (command, input, session, sequence) => {
    const type = block.inputs[command] as Type<unknown>
    made.sendBytes(command, encode(type, input), session, sequence)
  }
  made.sendBytes = (command, input, session = 's-ada', sequence = sent + 1) => {
    sent = Math.max(sent, sequence)
    const refusals = deliveries.length
    void world.receive({
      op: 'commands',
      batch: {
        gate: 'g1',
        sessions: [session],
        commands: [command],
        sequences: [sequence],
        seen: [0],
        inputs: input,
        ends: [input.length],
      },
    })
    const refusal = deliveries.slice(refusals).find(({ kind }) => kind === 'fail')
    if (refusal === undefined) return
    const [refused] = new TextDecoder().decode(refusal.payload).split(' ')
    throw new RealmError(refused as ErrorCode)
  }
  made.join = async (player, session = `s-${player}`, gate = 'g1') => {
    const options = encode(block.joinOptions as Type<unknown>, {})
    const answer = world.receive({ op: 'join', member: member(player, session, gate), options })
    return (await answer) as Uint8Array
  }
  return made
}

export function member(player: string, session = `s-${player}`, gate = 'g1'): Member {
  return { session, gate, player: { id: player, name: player.toUpperCase() } }
}

/** Lets everything that is already decided come to its end. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}
