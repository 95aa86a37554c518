import { type Frontier, kinds, type PlayerEntity } from './entities.ts'
import { arrive } from './players.ts'

type Thing = { id: number; kind: string; x: number; y: number } & Record<string, unknown>

export interface FakeCall {
  readonly key: string
  readonly call: string
  readonly input: Record<string, number>
  /** Lets the hero answer. */
  answer(output: object): void
  fail(): void
}

export interface Told {
  readonly to: string
  readonly event: string
  readonly payload: unknown
}

/**
 * A world without sockets or a clock: for tests, which decide when a tick passes and when a hero
 * answers.
 */
export interface FakeWorld {
  readonly world: Frontier
  /** Calls to heroes that wait for their answer. */
  readonly calls: FakeCall[]
  readonly told: Told[]
  readonly near: { event: string; payload: unknown }[]
  /** Where entities were in the past that players see; the others were where they are. */
  readonly past: Map<number, { x: number; y: number }>
  tick(): void
  join(account: string, x: number, y: number): PlayerEntity
  /** Lets promises that were answered run their course. */
  settle(): Promise<void>
}

const names = new Map<unknown, string>(Object.entries(kinds).map(([name, kind]) => [kind, name]))

export function fakeWorld(random: () => number = () => 0.5): FakeWorld {
  const things = new Map<number, Thing>()
  const accounts = new Map<number, { id: string; name: string }>()
  const calls: FakeCall[] = []
  const told: Told[] = []
  const past = new Map<number, { x: number; y: number }>()
  const nearby: { event: string; payload: unknown }[] = []
  let tick = 100
  let nextId = 1
  const ofKind = (kind: unknown) => {
    return [...things.values()].filter(
      (thing) => kind === undefined || thing.kind === names.get(kind),
    )
  }
  const world = {
    get tick() {
      return tick
    },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    random,
    now: () => tick * 50,
    spawn: (kind: { fields: Record<string, { initial(): unknown }> }, at: object) => {
      const initial = Object.entries(kind.fields).map(([name, type]) => [name, type.initial()])
      const id = nextId++
      const thing = { ...Object.fromEntries(initial), ...at, id, kind: names.get(kind) } as Thing
      things.set(id, thing)
      return thing
    },
    despawn: ({ id }: Thing) => things.delete(id),
    alive: ({ id }: Thing) => things.has(id),
    get: (id: number) => things.get(id),
    all: ofKind,
    near: (x: number, y: number, radius: number, kind?: unknown) =>
      ofKind(kind).filter((thing) => Math.hypot(thing.x - x, thing.y - y) <= radius),
    seenBy: () => ({
      tick,
      near: (x: number, y: number, radius: number, kind?: unknown) =>
        ofKind(kind).filter((thing) => {
          const was = past.get(thing.id) ?? thing
          return Math.hypot(was.x - x, was.y - y) <= radius
        }),
      position: (thing: Thing) => past.get(thing.id) ?? things.get(thing.id),
    }),
    is: (thing: Thing, kind: unknown) => thing.kind === names.get(kind),
    playerOf: ({ id }: Thing) => accounts.get(id),
    avatarOf: ({ id }: { id: string }) => {
      for (const [entity, account] of accounts) if (account.id === id) return things.get(entity)
      return undefined
    },
    tell: (to: { id: string | number }, event: string, payload: unknown) => {
      told.push({ to: accounts.get(to.id as number)?.id ?? String(to.id), event, payload })
    },
    emitNear: (_x: number, _y: number, event: string, payload: unknown) => {
      nearby.push({ event, payload })
    },
    actor: (_definition: object, key: string) =>
      new Proxy({}, { get: (_, call) => (input: never) => called(key, String(call), input) }),
  } as unknown as Frontier

  function called(key: string, call: string, input: Record<string, number>): Promise<object> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error('the store is away'))
      calls.push({ key, call, input, answer: resolve, fail })
    })
  }

  return {
    world,
    calls,
    told,
    near: nearby,
    past,
    tick: () => {
      tick += 1
    },
    join(account, x, y) {
      const me = arrive(world, { id: account, name: account }, 7, '')
      accounts.set(me.id, { id: account, name: account })
      calls.pop()
      me.x = x
      me.y = y
      return me
    },
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  }
}
