import { connect, type Realm, type RoomOf, type WorldOf } from '../../src/client/index.ts'
import type game from '../cluster/game.ts'
import { sleep } from './cluster.ts'
import { Timeline } from './timeline.ts'

const PROBE_MS = 200
/** Works that wait for their answer at a time, at most. */
const PENDING_MAX = 16
const WORK_TIMEOUT_MS = 3_000
const CONNECT_TIMEOUT_MS = 2_000
const RETRY_MS = 250

export const services = ['work', 'room', 'world'] as const
export type Service = (typeof services)[number]

/** What one player knows of its works. */
export interface Works {
  readonly acknowledged: ReadonlySet<number>
  /** Called, and answered by an error or not at all: they may have happened or not. */
  readonly unknown: ReadonlySet<number>
}

/**
 * A player who works all the time, beats in a room and in a world, and notes when each succeeds.
 * Where its gate is gone the client library goes on at another one.
 */
export class DrillPlayer {
  readonly id: string
  readonly successes: Readonly<Record<Service, Timeline>> = {
    work: new Timeline(),
    room: new Timeline(),
    world: new Timeline(),
  }
  readonly #acknowledged = new Set<number>()
  readonly #unknown = new Set<number>()
  readonly #urls: readonly string[]
  readonly #friend: string
  #realm: Realm<typeof game> | undefined
  #hall: RoomOf<typeof game, 'hall'> | undefined
  #field: WorldOf<typeof game, 'field'> | undefined
  #next = 1
  #pending = 0
  #beat = 0
  readonly #seen = { room: 0, world: 0 }
  #ended = false
  #running: Promise<unknown> | undefined

  /**
   * @param friend gets a part of each wage
   * @param urls of the gates, the one first that it is to try first
   */
  constructor(id: string, friend: string, urls: readonly string[]) {
    this.id = id
    this.#friend = friend
    this.#urls = urls
  }

  get works(): Works {
    return { acknowledged: this.#acknowledged, unknown: this.#unknown }
  }

  start(): void {
    this.#running = Promise.all([this.#connect(), this.#probe()])
  }

  /** Starts nothing more, and waits until all that was started has ended. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#running
    while (this.#pending > 0) await sleep(PROBE_MS)
    this.#realm?.close()
  }

  async #connect(): Promise<void> {
    while (!this.#ended && this.#realm === undefined) {
      const options = { credentials: this.id, connectTimeoutMs: CONNECT_TIMEOUT_MS }
      const realm = await connect<typeof game>(this.#urls, options).catch(() => undefined)
      if (realm === undefined) await sleep(RETRY_MS)
      else {
        realm.onError(() => {})
        this.#realm = realm
        void this.#enter(realm)
      }
    }
  }

  /** Also again where a room or the world was left. */
  async #enter(realm: Realm<typeof game>): Promise<void> {
    const entering = async (enter: () => Promise<void>): Promise<void> => {
      while (!this.#ended && this.#realm === realm) {
        const entered = await enter().then(
          () => true,
          () => false,
        )
        if (entered) return
        await sleep(RETRY_MS)
      }
    }
    const enterHall = async (): Promise<void> => {
      const hall = await realm.rooms.hall.joinOrCreate()
      hall.onLeft(() => void entering(enterHall))
      this.#hall = hall
    }
    const enterField = async (): Promise<void> => {
      const field = await realm.worlds.field.join()
      field.onLeft(() => void entering(enterField))
      this.#field = field
    }
    await Promise.all([entering(enterHall), entering(enterField)])
  }

  /** The main loop: work, beat, look whether the last beats were seen. */
  async #probe(): Promise<void> {
    while (!this.#ended) {
      await sleep(PROBE_MS)
      if (this.#realm === undefined) continue
      if (this.#pending < PENDING_MAX) void this.#work(this.#realm)
      this.#look()
      this.#beat += 1
      this.#hall?.send.beat({ n: this.#beat })
      this.#field?.send.beat({ n: this.#beat })
    }
  }

  async #work(realm: Realm<typeof game>): Promise<void> {
    const n = this.#next++
    this.#pending += 1
    try {
      const input = { n, to: this.#friend }
      await realm.actors.worker.at(this.id).call.work(input, { timeoutMs: WORK_TIMEOUT_MS })
      this.#acknowledged.add(n)
      this.successes.work.succeeded(performance.now())
    } catch {
      this.#unknown.add(n)
    } finally {
      this.#pending -= 1
    }
  }

  #look(): void {
    const own = this.#field?.entities.get(this.#field.me)
    const seen = { room: this.#hall?.state.beats.get(this.id)?.n ?? 0, world: own?.fields.n ?? 0 }
    for (const where of ['room', 'world'] as const) {
      if (seen[where] <= this.#seen[where]) continue
      this.#seen[where] = seen[where]
      this.successes[where].succeeded(performance.now())
    }
  }
}
