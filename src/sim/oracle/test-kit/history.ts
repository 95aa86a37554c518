import { type Being, Hero, Rock, Spark, size, walkMax } from './arena.ts'
import type { Client } from './client.ts'
import type { Thing } from './model.ts'
import type { Stage } from './stage.ts'

const names = ['red', 'blue', 'green'] as const
const thingsMax = 60
const clientsMax = 5

/** What one number of a history stands for. */
class Roll {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number 0 … sides − 1 (splitmix32). */
  of(sides: number): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let z = this.#state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) % sides
  }

  pick<T>(list: readonly T[]): T {
    return list[this.of(list.length)] as T
  }

  /** −1 … 1 */
  part(): number {
    return this.of(2001) / 1000 - 1
  }

  chance(inTen: number): boolean {
    return this.of(10) < inTen
  }
}

type Deed = (stage: Stage, roll: Roll) => void | Promise<void>

function anyThing({ model }: Stage, roll: Roll, avatars = true): Thing | undefined {
  const all = [...model.things.values()]
  const list = avatars ? all : all.filter(({ id }) => model.playerOf(id) === undefined)
  return list.length === 0 ? undefined : roll.pick(list)
}

/** Often where somebody looks, often at a border of tiles. */
function anyPlace(stage: Stage, roll: Roll): { x: number; y: number } {
  const { model, grid } = stage
  const centre = roll.pick([...model.centres.values()])
  let x = (roll.part() + 1) * 0.5 * size.width
  let y = (roll.part() + 1) * 0.5 * size.height
  if (centre !== undefined && roll.chance(7)) {
    x = centre.x + roll.part() * 24
    y = centre.y + roll.part() * 24
  }
  if (roll.chance(3)) x = Math.round(x / grid.edge) * grid.edge + roll.pick([-0.01, 0, 0.01])
  if (roll.chance(3)) y = Math.round(y / grid.edge) * grid.edge + roll.pick([-0.01, 0, 0.01])
  return { x: Math.min(size.width, Math.max(0, x)), y: Math.min(size.height, Math.max(0, y)) }
}

function place(stage: Stage, thing: Thing, at: { x: number; y: number }): void {
  Object.assign(thing, at)
  Object.assign(stage.being(thing.id), at)
}

const spawn: Deed = (stage, roll) => {
  if (stage.model.things.size >= thingsMax) return
  const at = anyPlace(stage, roll)
  const kind = roll.pick([Hero, Rock, Rock, Spark])
  const being = stage.world.spawn(kind as never, at as never) as unknown as Being
  stage.note(being)
}

const spawnMany: Deed = (stage, roll) => {
  for (let left = roll.of(12); left > 0; left -= 1) void spawn(stage, roll)
}

const despawn: Deed = (stage, roll) => {
  const thing = anyThing(stage, roll, roll.of(12) === 0)
  if (thing === undefined) return
  stage.world.despawn(stage.being(thing.id))
  stage.model.remove(thing.id)
}

const teleport: Deed = (stage, roll) => {
  const thing = anyThing(stage, roll, roll.chance(3))
  if (thing === undefined) return
  const at = anyPlace(stage, roll)
  place(stage, thing, at)
  jumped(stage, thing)
}

/** Whoever looked from there sees what is around in a tick or two. */
function jumped(stage: Stage, { id }: Thing): void {
  const player = stage.model.playerOf(id)
  if (player !== undefined) stage.clientOf(player)?.wait(1 + 2 * stage.lag)
}

const walk: Deed = (stage, roll) => {
  const thing = anyThing(stage, roll)
  if (thing === undefined) return
  const isAvatar = stage.model.playerOf(thing.id) !== undefined
  const speed = isAvatar ? walkMax * 0.99 : roll.pick([0.1, 1, 4, 15])
  const turn = roll.part() * Math.PI
  const length = roll.chance(8) ? speed * Math.abs(roll.part()) : 0
  thing.vx = Math.cos(turn) * length
  thing.vy = Math.sin(turn) * length
}

const turnMany: Deed = (stage, roll) => {
  for (let left = roll.of(20); left > 0; left -= 1) {
    if (roll.chance(5)) void change(stage, roll)
    else void walk(stage, roll)
  }
}

const change: Deed = (stage, roll) => {
  const thing = anyThing(stage, roll)
  if (thing === undefined) return
  const being = stage.being(thing.id)
  if (being.kind === 'Rock') {
    thing.hp = being.hp = roll.of(3) === 0 ? roll.of(3) : roll.of(65_536)
    if (roll.chance(4)) {
      thing.tags = Array.from({ length: roll.of(4) }, () => roll.of(256))
      being.tags = thing.tags
    }
    return
  }
  const turned = roll.chance(5) ? thing.facing + roll.part() * 0.1 : roll.part() * 7
  thing.facing = being.facing = turned
  if (being.kind !== 'Hero') return
  if (roll.chance(3)) thing.hp = being.hp = roll.of(256)
  if (roll.chance(2)) thing.name = being.name = roll.pick(['', 'ada', 'zoë', 'x'.repeat(8)])
  if (roll.chance(2)) being.purse = roll.of(1000)
}

const show: Deed = (stage, roll) => {
  const { model } = stage
  const thing = anyThing(stage, roll)
  if (thing === undefined) return
  const players = [...model.players.keys()].map((player) => `@${player}`)
  const to = roll.pick<string | undefined>([undefined, undefined, ...names, ...players])
  const owner = model.playerOf(thing.id)
  if (to !== undefined && owner !== undefined && !model.isIn(owner, to)) return
  const wide = roll.chance(2)
  const priority = roll.pick(['normal', 'normal', 'high', 'low'] as const)
  stage.world.show(stage.being(thing.id), { to, reach: wide ? 'world' : 'view', priority })
  Object.assign(thing, { to, wide, priority })
}

const belong: Deed = (stage, roll) => {
  const { model } = stage
  const player = roll.pick([...model.players.keys()])
  if (player === undefined) return
  const chosen = names.filter(() => roll.chance(5))
  stage.world.setAudiences({ id: player, name: '' }, chosen)
  model.audiences.set(player, chosen)
  model.keepOwnSight(player)
  stage.clientOf(player)?.wait(0, 1 + 2 * stage.lag)
}

const embody: Deed = (stage, roll) => {
  const { model, world } = stage
  const player = roll.pick([...model.players.keys()])
  if (player === undefined) return
  const free = [...model.things.values()].filter(
    ({ id, kind }) => kind === 'Hero' && model.playerOf(id) === undefined,
  )
  const thing = free.length > 0 && roll.chance(8) ? roll.pick(free) : undefined
  if (thing === undefined) return
  thing.vx = 0
  thing.vy = 0
  world.embody({ id: player, name: '' }, stage.being(thing.id) as never)
  model.players.set(player, thing.id)
  model.keepOwnSight(player)
  jumped(stage, thing)
}

function anyClient({ clients }: Stage, roll: Roll, which: (client: Client) => boolean) {
  const list = clients.filter(which)
  return list.length === 0 ? undefined : roll.pick(list)
}

const enter: Deed = async (stage, roll) => {
  stage.entry = anyPlace(stage, roll)
  const idle = anyClient(stage, roll, ({ connected, joined }) => connected && !joined)
  if (idle !== undefined) await stage.join(idle)
  else if (stage.clients.length < clientsMax) await stage.enter(roll.of(stage.gates.length))
}

const leave: Deed = async (stage, roll) => {
  const client = anyClient(stage, roll, ({ connected, joined }) => connected && joined)
  if (client === undefined) return
  if (roll.chance(6)) await stage.leave(client)
  else {
    stage.world.kick({ id: client.player, name: '' })
    stage.gone()
  }
}

const connection: Deed = async (stage, roll) => {
  const client = anyClient(stage, roll, () => true)
  if (client === undefined) return
  if (client.connected) await stage.disconnect(client)
  if (roll.chance(6)) await stage.resume(client)
}

const clog: Deed = (stage, roll) => {
  const client = anyClient(stage, roll, ({ connected }) => connected)
  if (client === undefined) return
  client.slow = !client.slow
  client.socket.bufferedBytes = client.slow ? 1e6 : 0
}

const lose: Deed = ({ gates }, roll) => {
  roll.pick(gates).losing = true
}

const press: Deed = ({ harness, rules }, roll) => {
  const { overload } = harness.world
  overload.level = roll.pick([0, 1, 2] as const)
  overload.capSteps = overload.level === 2 ? 1 + roll.of(3) : 0
  rules.pressured ||= overload.level > 0
  rules.capped ||= overload.level > 1
}

const replace: Deed = async (stage, roll) => {
  const tileEdge = roll.pick([10, 10, 13])
  await stage.replace({ ...stage.setup.settings, tileEdge }, roll.of(3))
}

const move: Deed = (stage, roll) => stage.move(roll.chance(4))

const wait: Deed = async (stage, roll) => {
  for (let left = 1 + roll.of(16); left > 0; left -= 1) await stage.tick()
}

const tick: Deed = (stage) => stage.tick()

/** How often each is done, of all that is done. */
const deeds: readonly (readonly [number, Deed])[] = [
  ...[[30, tick] as const, [3, wait] as const],
  ...[[10, spawn] as const, [3, spawnMany] as const, [6, despawn] as const],
  ...[[10, walk] as const, [8, teleport] as const, [4, turnMany] as const, [8, change] as const],
  ...[[9, show] as const, [5, belong] as const, [3, embody] as const],
  ...[[5, enter] as const, [2, leave] as const, [4, connection] as const],
  ...[[3, clog] as const, [2, lose] as const, [1, press] as const],
  ...[[1, replace] as const, [1, move] as const],
]
const all = deeds.flatMap(([count, deed]) => Array.from({ length: count }, () => deed))

/** Does what one number stands for. */
export async function act(stage: Stage, number: number): Promise<void> {
  const roll = new Roll(number)
  const deed = all[roll.of(all.length)] as Deed
  stage.done.push(deed.name)
  await deed(stage, roll)
}
