import {
  type ActivationContext,
  type DirectLedger,
  type GameScope,
  ledgerOf,
  type Member,
  type Player,
} from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import { encode } from '../schema/index.ts'
import type { Body } from './entity.ts'
import type { Handle } from './handles.ts'
import type { Members, Seat } from './members.ts'
import type { AnyWorld, WorldPlan } from './plan.ts'
import type { Population } from './population.ts'
import { near, queriesOf } from './queries/index.ts'
import type { Rewind } from './rewind.ts'
import { pastOf, presentOf } from './rewind-past.ts'
import { keepOwnSight, sightOf } from './sight.ts'
import type { WorldStats } from './stats.ts'
import type { Timers } from './timers.ts'

/** What the world of game code needs of the behaviour around it. */
export interface WorldHost {
  readonly plan: WorldPlan
  readonly population: Population
  readonly seats: Members
  readonly scope: GameScope
  readonly context: ActivationContext
  readonly rewind: Rewind | undefined
  readonly tick: number
  readonly timers: Timers
  kick(seat: Seat): void
  deliverEvent(event: number, payload: Uint8Array, to: readonly Member[]): void
  stats(): WorldStats
}

function encodeEvent(plan: WorldPlan, name: string, payload: unknown): [number, Uint8Array] {
  const number = plan.events.findIndex((event) => event.name === name)
  const spec = plan.events[number]
  if (spec === undefined) throw new RealmError('UNKNOWN_EVENT', name)
  return [number, encode(spec.payload, spec.payload.check(payload, name))]
}

/** The world as handlers see it. Types are checked where the game is written, values here. */
export function worldApi(host: WorldHost): AnyWorld {
  const { plan, population, seats, scope, context } = host
  const avatarKind = population.tableOf(plan.avatar)

  const eventOf = (name: string, payload: unknown) => encodeEvent(plan, name, payload)
  const seatOf = (target: Player | Body): Seat | undefined =>
    typeof target.id === 'string' ? seats.ofPlayer(target.id) : seats.ofAvatar(target.id)

  let ledger: DirectLedger | undefined
  const world = {
    key: context.key,
    width: plan.width,
    height: plan.height,
    dt: 1 / plan.tickHz,
    log: context.log,
    get tick() {
      return host.tick
    },
    get time() {
      return host.tick / plan.tickHz
    },
    now: () => context.clock.wallMs(),
    get ledger() {
      ledger ??= ledgerOf(context)
      return ledger
    },
    random: () => context.random.float(),
    after: (seconds: number, run: () => unknown) => host.timers.after(seconds, run),
    every: (seconds: number, run: () => unknown) => host.timers.every(seconds, run),

    spawn: (kind: unknown, at: Record<string, unknown>) =>
      population.spawn(population.tableOf(kind), at),
    despawn: (entity: Body) => despawn(host, entity as Handle),
    alive: (entity: Body) => population.alive(entity as Handle),
    get: (id: number) => population.byId(id),
    all: (kind: unknown) => new Living(population.tableOf(kind).handles),
    ...queriesOf(population),
    ...sightOf(host),
    is: (entity: Body, kind: unknown) => entity.kind === population.tableOf(kind).name,

    players: () => avatars(seats),
    playerOf: (entity: Body) => seats.ofAvatar(entity.id)?.player,
    avatarOf: (player: Player) => seats.ofPlayer(player.id)?.avatar,
    embody: (player: Player, entity: Body) => {
      const seat = seats.ofPlayer(player.id)
      if (seat === undefined) return
      checkAvatar(host, seat, entity as Handle)
      seats.embody(seat, entity as Handle)
      keepOwnSight(host, seat)
    },
    seenBy: (target: Player | Body) => {
      const { rewind } = host
      if (rewind === undefined || rewind.newest < 0) return presentOf(population, host.tick)
      return pastOf(population, rewind, rewind.seenBy(seatOf(target)))
    },
    kick: (target: Player | Body) => {
      const seat = seatOf(target)
      if (seat !== undefined) host.kick(seat)
    },

    tell: (target: Player | Body, event: string, payload: unknown) => {
      const [number, bytes] = eventOf(event, payload)
      const seat = seatOf(target)
      if (seat !== undefined) host.deliverEvent(number, bytes, [seat.member])
    },
    emitNear: (x: number, y: number, event: string, payload: unknown, audience?: string) => {
      const [number, bytes] = eventOf(event, payload)
      const near = viewers(host, x, y, avatarKind.number)
      const { audiences } = population
      const isIn = ({ player }: Member) =>
        audience === undefined || audiences.has(player.id, audience)
      const to = audience === undefined ? near : near.filter(isIn)
      if (to.length > 0) host.deliverEvent(number, bytes, to)
    },
    actor: (definition: object, key: string) => scope.actor(definition, key),
    send: (definition: object, key: string) => scope.send(definition, key),
    stats: () => host.stats(),
  }
  return world as unknown as AnyWorld
}

/** @throws RealmError `HANDLER_FAILED` unless the entity may become this player's avatar */
export function checkAvatar(host: WorldHost, seat: Seat | undefined, entity: Handle): void {
  const { population, seats, plan } = host
  const kind = population.tableOf(plan.avatar).name
  if (!population.alive(entity) || entity.kind !== kind) {
    throw new RealmError('HANDLER_FAILED', `An avatar must be a living ${kind} of this world.`)
  }
  const owner = seats.ofAvatar(entity.id)
  if (owner !== undefined && owner !== seat) {
    throw new RealmError('HANDLER_FAILED', 'The entity is the avatar of another player.')
  }
}

/** Takes an entity out; a player whose avatar it was has none from now on. */
export function despawn(host: WorldHost, entity: Handle): void {
  const seat = host.seats.ofAvatar(entity.id)
  if (seat?.avatar === entity) host.seats.embody(seat, undefined)
  host.population.despawn(entity)
}

/** Members whose view covers the point. Who has no avatar still sees the place where it was. */
function viewers(host: WorldHost, x: number, y: number, avatarKind: number): Member[] {
  const { seats, population, plan } = host
  const found: Member[] = []
  for (const { id } of near(population, x, y, plan.viewRadius, avatarKind)) {
    const seat = seats.ofAvatar(id)
    if (seat !== undefined) found.push(seat.member)
  }
  if (seats.bodiless === 0) return found
  for (const seat of seats.all()) {
    const near = Math.hypot(seat.viewX - x, seat.viewY - y) <= plan.viewRadius
    if (seat.avatar === undefined && near) found.push(seat.member)
  }
  return found
}

function* avatars(seats: Members): Generator<Handle> {
  for (const { avatar } of seats.all()) if (avatar !== undefined) yield avatar
}

/**
 * Those that lived when the loop began and still do; a loop that spawns must come to an end. Not a
 * generator, because loops over this are inlined and then allocate nothing.
 */
class Living implements Iterable<Handle> {
  readonly #handles: readonly (Handle | undefined)[]

  constructor(handles: readonly (Handle | undefined)[]) {
    this.#handles = handles
  }

  [Symbol.iterator](): LivingIterator {
    return new LivingIterator(this.#handles)
  }
}

class LivingIterator implements Iterator<Handle> {
  readonly #handles: readonly (Handle | undefined)[]
  readonly #count: number
  #row = 0

  constructor(handles: readonly (Handle | undefined)[]) {
    this.#handles = handles
    this.#count = handles.length
  }

  next(): IteratorResult<Handle, undefined> {
    let handle: Handle | undefined
    while (this.#row < this.#count && handle === undefined) {
      handle = this.#handles[this.#row]
      this.#row += 1
    }
    // Made at a single place, which is what lets the engine leave it out.
    return { done: handle === undefined, value: handle } as IteratorResult<Handle, undefined>
  }
}
