import type { Command, EventShapes, Player } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import {
  defaultPrecision,
  type TileLayout,
  type TileStreamDescriptor,
  tileLayout,
  tilesMax,
} from '../protocol/index.ts'
import { type Fields, publicDescriptor, type RecordType, record } from '../schema/index.ts'
import type { Body, EntityKind, EntityKinds } from './entity.ts'
import type { World, WorldShape } from './shape.ts'
import { slowestRate } from './since.ts'

/** A world, its kinds forgotten by the type system: what the inside works with. */
export type AnyWorld = World<EntityKinds, Body, EventShapes>
/** Handlers, their types forgotten likewise. */
export interface AnyHandlers {
  readonly create?: (world: AnyWorld) => void | Promise<void>
  readonly restore?: (world: AnyWorld) => void | Promise<void>
  readonly join: (world: AnyWorld, player: Player, options: object) => Body | Promise<Body>
  readonly leave?: (world: AnyWorld, me: Body) => void
  readonly connection?: (world: AnyWorld, me: Body, connected: boolean) => void
  readonly step?: (world: AnyWorld, dt: number) => void
  readonly commands?: Readonly<Record<string, AnyCommand>>
}
export type AnyShape = WorldShape<EntityKinds, EntityKind, EventShapes, Fields>
type AnyCommand = Command<AnyWorld, Body, Fields>

/** A definition, checked and with everything defaulted. */
export interface WorldPlan {
  readonly width: number
  readonly height: number
  readonly viewRadius: number
  readonly tickHz: number
  readonly layout: TileLayout
  readonly entities: EntityKinds
  readonly avatar: EntityKind
  readonly events: readonly { readonly name: string; readonly payload: RecordType }[]
  readonly commands: readonly { readonly name: string; readonly command: AnyCommand }[]
  readonly options: RecordType
  readonly handlers: AnyHandlers
  /** Keys that clients may join. */
  readonly lines: ReadonlySet<string>
  readonly reconnectMs: number
  /** How many ticks back `seenBy` reaches; 0: nothing is kept. */
  readonly rewindTicks: number
  readonly persist: boolean
  /** 0 for no cap. */
  readonly viewEntitiesMax: number
  readonly entitiesMax: number
  /** Ticks from check to check of a stream, a multiple of 16; 0: nothing is checked. */
  readonly checkTicks: number
  readonly descriptor: TileStreamDescriptor
}

/** The world that clients join who name none. */
export const mainLine = 'main'
const linesMax = 1024
const kindsMax = 255
const commandsMax = 256
const eventsMax = 256
const entitiesMost = 131_072
const rewindMsMost = 1000

/** @throws RealmError `SCHEMA_INVALID`, `GAME_INVALID` naming what is wrong */
export function planOf(shape: AnyShape, handlers: AnyHandlers): WorldPlan {
  const descriptor = describeWorld(shape)
  const commands = Object.entries(handlers.commands ?? {})
  const events = Object.entries(shape.events ?? {})
  check(commands.length <= commandsMax, `A world has at most ${commandsMax} commands.`)
  check(events.length <= eventsMax, `A world has at most ${eventsMax} events.`)
  checkKinds(shape)
  checkLines(shape.lines ?? [])
  return {
    ...shape.size,
    viewRadius: shape.viewRadius,
    tickHz: descriptor.tickHz,
    layout: tileLayout(descriptor),
    entities: shape.entities,
    avatar: shape.avatar,
    events: events.map(([name, fields]) => ({ name, payload: record(fields) })),
    commands: commands.map(([name, command]) => ({ name, command })),
    options: record(shape.options ?? {}),
    handlers,
    lines: new Set([mainLine, ...(shape.lines ?? [])]),
    rewindTicks: Math.ceil(((shape.rewindMs ?? 0) / 1000) * descriptor.tickHz),
    reconnectMs: within(shape.reconnectMs ?? 30_000, 0, 86_400_000, 'reconnectMs'),
    persist: shape.persist ?? true,
    checkTicks: checkTicksOf(shape.desyncCheck ?? true, descriptor.tickHz),
    viewEntitiesMax: within(shape.viewEntitiesMax ?? 0, 0, entitiesMost, 'viewEntitiesMax'),
    entitiesMax: within(shape.entitiesMax ?? 65_536, 1, entitiesMost, 'entitiesMax'),
    descriptor,
  }
}

function describeWorld(shape: AnyShape): TileStreamDescriptor {
  const width = within(shape.size.width, 1e-6, 1e9, 'size.width')
  const height = within(shape.size.height, 1e-6, 1e9, 'size.height')
  const viewRadius = within(shape.viewRadius, 1e-6, 1e9, 'viewRadius')
  const rewindMs = within(shape.rewindMs ?? 0, 0, rewindMsMost, 'rewindMs')
  return {
    width,
    height,
    ...(shape.lines !== undefined && { lines: shape.lines }),
    tileEdge: shape.tileEdge ?? defaultTileEdge(width, height, viewRadius),
    viewRadius,
    ...(rewindMs > 0 && { rewindMs }),
    tickHz: within(shape.tickHz ?? 20, 1, 128, 'tickHz'),
    ...(shape.clientBytesPerSecond !== undefined && {
      clientBytesPerSecond: within(shape.clientBytesPerSecond, 1000, 1e9, 'clientBytesPerSecond'),
    }),
    precision: shape.precision ?? defaultPrecision(viewRadius),
    entities: Object.entries(shape.entities).map(([name, kind]) => ({
      name,
      fields: publicDescriptor(record(kind.fields).describe()),
    })),
  }
}

/**
 * Half of the view radius: about 22 tiles cover a view, and two thirds of what is sent lies inside
 * of it. Smaller tiles would cost more per tile than they save in bytes. In a very large world they
 * grow, to stay countable.
 */
function defaultTileEdge(width: number, height: number, viewRadius: number): number {
  return Math.max(viewRadius / 2, Math.sqrt((width * height) / tilesMax) * 1.01)
}

const checkEveryMs = 2000

function checkTicksOf(desyncCheck: boolean | { readonly everyMs: number }, tickHz: number): number {
  if (desyncCheck === false) return 0
  const asked = desyncCheck === true ? checkEveryMs : desyncCheck.everyMs
  const everyMs = within(asked, 100, 3_600_000, 'desyncCheck.everyMs')
  const ticks = (everyMs * tickHz) / 1000
  return Math.max(1, Math.round(ticks / slowestRate)) * slowestRate
}

function checkKinds(shape: AnyShape): void {
  const kinds = Object.entries(shape.entities)
  check(kinds.length >= 1 && kinds.length <= kindsMax, `A world has 1…${kindsMax} entity kinds.`)
  for (const [name, kind] of kinds) {
    check(/^[a-zA-Z_]\w{0,63}$/.test(name), `An entity kind cannot be named ${name.slice(0, 80)}.`)
    const same = kinds.filter(([, other]) => other === kind)
    check(same.length === 1, `${name} is the same kind as another one: call entity() for each.`)
  }
  const known = kinds.some(([, kind]) => kind === shape.avatar)
  check(known, '`avatar` must be one of `entities`.')
}

function checkLines(lines: readonly string[]): void {
  check(lines.length <= linesMax, `A world has at most ${linesMax} lines.`)
  for (const line of lines) {
    const named = /^[0-9a-zA-Z_-]{1,64}$/.test(line)
    check(named, `A line has 1 to 64 letters, digits, _ and -, unlike ${line.slice(0, 80)}.`)
  }
}

function within(value: number, min: number, max: number, name: string): number {
  check(value >= min && value <= max, `${name} must be ${min}…${max}.`)
  return value
}

function check(condition: boolean, detail: string): void {
  if (!condition) throw new RealmError('GAME_INVALID', detail)
}
