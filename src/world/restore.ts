import type { ActivationContext } from '../actor/index.ts'
import type { Gates } from './gates.ts'
import type { Members } from './members.ts'
import type { WorldPlan } from './plan.ts'
import type { Population } from './population.ts'
import { regionOfPart, type Saver } from './saver.ts'
import {
  describeKinds,
  isLast,
  markLived,
  readSnapshot,
  type Snapshot,
  spawnStored,
  writeSnapshot,
} from './snapshot.ts'

/**
 * Ids that may have been given out between the last checkpoint and a crash; none of them is used
 * again.
 */
const idsSkipped = 65_536

/** The parts of a world that come back. */
export interface Restorable {
  readonly plan: WorldPlan
  readonly context: ActivationContext
  readonly population: Population
  readonly seats: Members
  readonly gates: Gates
  readonly saver: Saver
  tick: number
}

/**
 * Brings a world back from what `freeze` or the last checkpoint wrote.
 * @returns false where there is nothing to come back to
 */
export async function restoreWorld(world: Restorable, blob: Uint8Array): Promise<boolean> {
  const { population, saver, context } = world
  const snapshot = readSnapshot(blob)
  if (snapshot.blank) return false
  world.tick = snapshot.tick
  population.nextId = snapshot.nextId
  if (snapshot.frozen) {
    for (const region of snapshot.stored) saver.stored.add(region)
    spawnStored(population, snapshot.kinds, [snapshot.entities])
  } else {
    const parts = await context.parts()
    for (const { name } of parts) saver.stored.add(regionOfPart(name))
    saver.stored.delete(-1)
    const blobs = parts.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]))
    spawnStored(population, snapshot.kinds, blobs)
  }
  if (!isLast(snapshot)) {
    // By chance as well, since the world may come back from the same checkpoint more than once.
    const skipped = idsSkipped + (context.random.u32() % idsSkipped)
    population.nextId = (snapshot.nextId + skipped) % 2 ** 32
  }
  // Regions and kinds may be cut otherwise than when they were stored: everything is written anew,
  // and once.
  for (const region of saver.stored) population.unsaved.add(region)
  seatAll(world, snapshot)
  if (!world.plan.persist) await forget(world)
  else if (isLast(snapshot) && snapshot.epoch !== context.epoch) note(world, blob)
  return true
}

/** Before anybody hears of it, it is known that what it came from is not all there was. */
function note({ context, saver }: Restorable, blob: Uint8Array): void {
  context.commit(markLived(blob)).catch(() => {
    saver.dirty = true
  })
}

/**
 * Within the same epoch the game was replaced in place and every session is still there. Otherwise
 * nobody knows: players have the time of a reconnect to make themselves heard.
 */
function seatAll(world: Restorable, snapshot: Snapshot): void {
  const { population, seats, gates, context, plan } = world
  const inPlace = snapshot.frozen && snapshot.epoch === context.epoch
  for (const stored of snapshot.seats) {
    const avatar = population.byId(stored.avatar)
    if (avatar?.kind !== population.tableOf(plan.avatar).name && !inPlace) continue
    const player = { id: stored.player, name: stored.name }
    const seat = seats.add({ session: stored.session, gate: stored.gate, player })
    seat.sequence = stored.sequence
    seat.sequenceTold = stored.sequence
    seat.behind = !isLast(snapshot)
    // Whose avatar is gone still looks where it was; the gate is told all of it anew.
    seat.viewX = stored.looks?.x ?? Number.NaN
    seat.viewY = stored.looks?.y ?? 0
    seat.viewMe = -1
    population.audiences.set(player.id, stored.audiences)
    if (avatar !== undefined) seats.embody(seat, avatar)
    if (!inPlace || !stored.connected) seat.graceEndsMs = context.clock.now() + plan.reconnectMs
    gates.enter(stored.gate)
  }
  population.streams.follow(snapshot.streams)
  for (const { gate, tiles, slow } of snapshot.subscriptions) {
    if (gates.needSlow(gate, slow)) population.keepSince()
    gates.subscribe(gate, tiles)
  }
  gates.requestAll()
}

/** A world that is not to survive a crash must not come back from the blob it travelled in. */
async function forget(world: Restorable): Promise<void> {
  const { context, population } = world
  await context.commit(
    writeSnapshot({
      frozen: false,
      blank: true,
      epoch: context.epoch,
      tick: 0,
      nextId: 1,
      wallMs: context.clock.wallMs(),
      kinds: describeKinds(population),
      seats: [],
      subscriptions: [],
      streams: [],
      stored: [],
      entities: new Uint8Array(0),
    }),
  )
}
