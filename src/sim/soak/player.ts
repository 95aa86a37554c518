import {
  type ConnectOptions,
  connect,
  type Realm,
  type RoomOf,
  type StorageLike,
  type WorldOf,
} from '../../client/index.ts'
import { toRealmError } from '../../errors/index.ts'
import { serverMessages } from '../../protocol/index.ts'
import { simClientOptions } from '../cluster.ts'
import type { SimClientSocket } from '../socket.ts'
import type { Draw } from './draw.ts'
import type { game } from './game.ts'
import { Hearing } from './judges/events.ts'
import type { Operation, OperationKind, Operations } from './judges/operations.ts'
import type { Stage } from './stage.ts'

const connectRetryMs = 1_000
const ringMsMax = 20_000
const onceTriesMax = 20

/** What is called, as often as it stands here. */
const usualCalls: readonly OperationKind[] = [
  ...['note', 'note', 'note', 'note', 'earn', 'earn', 'earn', 'earn', 'earn'],
  ...['pay', 'pay', 'pay', 'pay', 'pass', 'pass', 'plan', 'crash'],
] as const

interface Named {
  readonly name: string
  readonly urls: readonly string[]
  /** Who plays, where that is not its name, and where the key to it is kept. */
  readonly as?: string
  readonly storage?: StorageLike
}

/** A payment that is asked for again under the same name until it is made. */
interface Once {
  readonly name: string
  readonly to: string
  readonly amount: number
}

/** Somebody who plays with the real client library. */
export class Player {
  readonly name: string
  /** The gates that it was told of beforehand; it learns of others. */
  readonly urls: readonly string[]
  /** The newest socket. */
  socket: SimClientSocket | undefined
  realm: Realm<typeof game> | undefined
  /** The logs of the purses that it watches, as it sees them. */
  readonly watched = new Map<string, () => readonly number[]>()
  /** What it has asked for and not heard of, besides durable calls. */
  waiting = 0
  readonly #stage: Stage
  readonly #draw: Draw
  readonly #operations: Operations
  readonly #options: ConnectOptions
  readonly #purses: readonly string[]
  readonly #heard: Hearing
  #session: string | undefined
  /** The same, also while it reconnects. */
  #welcomed: string | undefined
  #room: RoomOf<typeof game, 'table'> | undefined
  #world: WorldOf<typeof game, 'field'> | undefined
  #said = 0
  #steps = 0
  #onceNames = 0
  #rivals = 0
  #playing = true
  #left = false

  constructor(stage: Stage, operations: Operations, parts: Named) {
    this.#stage = stage
    this.#operations = operations
    this.name = parts.name
    this.urls = parts.urls
    this.#draw = stage.draw.fork(parts.name)
    this.#purses = stage.purses
    this.#heard = new Hearing(stage.verdicts, this.name)
    const opened = (socket: SimClientSocket): void => this.#opened(socket)
    this.#options = simClientOptions(stage.world, parts.as ?? this.name, opened, parts.storage)
  }

  start(): void {
    if (this.#left) return
    connect<typeof game>(this.urls, this.#options).then(
      (realm) => (this.#left ? realm.close() : void this.#enter(realm)),
      () => this.#stage.later(connectRetryMs, () => this.start()),
    )
  }

  /** Asks for nothing more; what it has asked for goes on. */
  rest(): void {
    this.#playing = false
  }

  /** The same player once more, at another device. */
  again(): Player {
    this.#rivals += 1
    const name = `${this.name}.${this.#rivals}`
    const { storage = null } = this.#options
    return new Player(this.#stage, this.#operations, {
      ...{ name, urls: this.urls, as: this.name },
      ...(storage !== null && { storage }),
    })
  }

  /** Goes, whatever is under way. */
  leave(): void {
    this.#left = true
    this.rest()
    this.realm?.close()
  }

  /** Asks for one payment many times at once. */
  storm(times: number): void {
    if (!this.#playing) return
    const { purse, once } = this.#newOnce()
    for (let time = 0; time < times; time += 1) void this.#call('payOnce', purse, once)
  }

  /** Has a handler fail somewhere. */
  fail(): void {
    if (!this.#playing) return
    const choice = this.#draw.random.float()
    if (choice < 0.5) void this.#call('crash', this.#draw.one(this.#purses))
    else if (choice < 0.75) this.#room?.send.stumble({})
    else this.#world?.send.stumble({})
  }

  get settled(): boolean {
    return this.waiting === 0 && this.realm?.status === 'connected'
  }

  /** The log of a purse as it is now. */
  async look(purse: string): Promise<{ log: readonly number[]; rung: readonly number[] }> {
    if (this.realm === undefined) throw new Error(`${this.name} is not there.`)
    return await this.realm.actors.purse.at(purse).call.look({})
  }

  #opened(socket: SimClientSocket): void {
    this.socket = socket
    socket.peek = (bytes) => {
      serverMessages.decode(bytes, ({ type, body }) => {
        if (type !== 'welcome') return
        this.#session = body.session
        this.#welcomed = body.session
      })
    }
  }

  async #enter(realm: Realm<typeof game>): Promise<void> {
    this.realm = realm
    realm.onError(() => {})
    realm.onStatus((status) => {
      if (status === 'reconnecting') this.#session = undefined
      this.#stage.verdicts.note(`${this.name} is ${status}`)
    })
    this.#act()
    if (this.#draw.chance(0.6)) this.#watch(realm, this.#draw.one(this.#purses))
    if (this.#draw.chance(0.6)) void this.#wait(this.#sit(realm))
    if (this.#draw.chance(0.5)) void this.#wait(this.#walk(realm))
  }

  #watch(realm: Realm<typeof game>, purse: string): void {
    void this.#wait(
      realm.actors.purse.watch(purse).then((watched) => {
        this.watched.set(purse, () => [...watched.state.log])
        watched.onLeft(() => {
          this.watched.delete(purse)
          this.#heard.missed(`purse ${purse}`)
        })
        watched.onError(({ code }) => {
          if (code === 'EVENTS_LOST') this.#heard.missed(`purse ${purse}`)
        })
        watched.on('logged', ({ op, at }) => {
          this.#heard.follow(`purse ${purse}`, at, this.#welcomed)
          this.#operations.seen(purse, op, at)
        })
      }),
    )
  }

  async #sit(realm: Realm<typeof game>): Promise<void> {
    const room = await realm.rooms.table.joinOrCreate()
    this.#room = room
    room.on('said', ({ by, n }) => this.#heard.hear(`room ${room.id}, ${by}`, n))
    room.onLeft(() => {
      this.#room = undefined
    })
    room.onError(() => {})
  }

  async #walk(realm: Realm<typeof game>): Promise<void> {
    const world = await realm.worlds.field.join()
    this.#world = world
    world.onDesync((report) => {
      this.#stage.verdicts.report('lost', `${this.name} was out of step: ${JSON.stringify(report)}`)
    })
    world.onLeft(() => {
      this.#world = undefined
    })
    world.onError(() => {})
  }

  #act(): void {
    if (!this.#playing) return
    const { thinkMs } = this.#stage.plan
    this.#stage.later(this.#draw.around(thinkMs), () => this.#act())
    const choice = this.#draw.random.float()
    if (choice < 0.55) this.#burst()
    else if (choice < 0.65) void this.#wait(this.#read(this.#draw.one(this.#purses)))
    else if (choice < 0.7) void this.#wait(this.#payOnce())
    else if (choice < 0.75) void this.#wait(this.#echo())
    else if (choice < 0.88) this.#say()
    else this.#step()
  }

  /** Some calls at once, without a wait in between. */
  #burst(): void {
    const count = this.#draw.chance(0.8) ? 1 : this.#draw.whole(2, 6)
    const purse = this.#draw.one(this.#purses)
    for (let index = 0; index < count; index += 1) {
      void this.#call(this.#draw.one(usualCalls), purse)
    }
  }

  /** @returns the code of the error with which it ended */
  #call(kind: OperationKind, purse: string, once?: Once): Promise<string | undefined> {
    const { realm } = this
    if (realm === undefined) return Promise.resolve('CONNECT_FAILED')
    const operation = this.#operations.ask({
      ...{ kind, purse, amount: once?.amount ?? this.#draw.whole(1, 20) },
      ...{ to: once?.to ?? this.#other(purse), once: once?.name },
      inMs: this.#draw.whole(0, ringMsMax),
      session: realm.status === 'connected' ? this.#session : undefined,
    })
    return this.#ask(realm, operation, once?.name ?? '').then(
      ({ at }) => {
        this.#operations.answered(operation, at)
        return undefined
      },
      (error: unknown) => {
        const { code } = toRealmError(error)
        this.#operations.refused(operation, code)
        return code
      },
    )
  }

  #ask(realm: Realm<typeof game>, operation: Operation, name: string): Promise<{ at: number }> {
    const { id: op, kind, amount, to = '', passed = 0 } = operation
    const { call } = realm.actors.purse.at(operation.purse)
    if (kind === 'note') return call.note({ op })
    if (kind === 'earn') return call.earn({ op, amount })
    if (kind === 'pay') return call.pay({ op, to, amount })
    if (kind === 'payOnce') return call.payOnce({ op, to, amount, name })
    if (kind === 'pass') return call.pass({ op, to, passed })
    if (kind === 'plan') return call.plan({ op, inMs: operation.inMs })
    return call.crash({ op })
  }

  /** A retry storm: asks at once again where it does not hear of success. */
  async #payOnce(): Promise<void> {
    const { purse, once } = this.#newOnce()
    for (let tries = 0; tries < onceTriesMax; tries += 1) {
      const code = await this.#call('payOnce', purse, once)
      if (code === undefined || code.startsWith('LEDGER_')) return
      await new Promise<void>((resolve) => this.#stage.later(this.#draw.between(10, 500), resolve))
    }
  }

  #newOnce(): { purse: string; once: Once } {
    this.#onceNames += 1
    const purse = this.#draw.one(this.#purses)
    const name = `${this.name}-${this.#onceNames}`
    return { purse, once: { name, to: this.#other(purse), amount: this.#draw.whole(1, 5) } }
  }

  #other(purse: string): string {
    return this.#draw.one(this.#purses.filter((other) => other !== purse))
  }

  async #read(purse: string): Promise<void> {
    const floor = this.#operations.floorOf(purse)
    const { log } = await this.look(purse)
    this.#operations.read(purse, log, floor)
  }

  async #echo(): Promise<void> {
    const n = this.#draw.whole(0, 1_000_000)
    const answer = await this.realm?.services.echo.say({ n })
    if (answer?.n !== n) this.#stage.verdicts.report('lost', `the echo of ${n} was ${answer?.n}`)
  }

  #say(): void {
    this.#said += 1
    this.#room?.send.say({ by: this.name, n: this.#said })
  }

  #step(): void {
    this.#steps += 1
    this.#world?.send.walk({ n: this.#steps })
  }

  /** Counts what must come to an end, well or badly. */
  async #wait(doing: Promise<void>): Promise<void> {
    this.waiting += 1
    try {
      await doing
    } catch {
      // Under faults anything may be refused; that it ends is what counts.
    } finally {
      this.waiting -= 1
    }
  }
}
