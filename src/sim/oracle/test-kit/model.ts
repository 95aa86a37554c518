import { angleIndex, type TileGrid, tileAt } from '../../../protocol/index.ts'
import { type Being, type Kind, size } from './arena.ts'

/** An entity as the history has made it: the truth that the world is held to. */
export interface Thing {
  readonly id: number
  readonly kind: Kind
  x: number
  y: number
  /** Per tick. */
  vx: number
  vy: number
  facing: number
  hp: number
  tags: readonly number[]
  name: string
  /** The audience; undefined is everyone. */
  to: string | undefined
  wide: boolean
  priority: 'high' | 'normal' | 'low'
}

/** An entity as clients are to see it after some tick. */
export interface Shown {
  readonly id: number
  readonly kind: Kind
  readonly x: number
  readonly y: number
  readonly fields: string
  readonly to: string | undefined
  /** The stream it is in, by what the stream is. */
  readonly place: string
  readonly tile: number
  /** When it came into that stream. */
  readonly cameAt: number
}

/** The streams beyond those of tiles. */
export interface Streams {
  /** The number of a stream by its place. */
  readonly byPlace: ReadonlyMap<string, number>
  /** For whom those streams are that are not for everyone. */
  readonly audience: ReadonlyMap<number, string>
}

/** All that is true after a tick. */
export interface Truth {
  readonly tick: number
  readonly streams: Streams
  readonly shown: ReadonlyMap<number, Shown>
  /** By player. */
  readonly audiences: ReadonlyMap<string, ReadonlySet<string>>
  /** Where each player looks; `exact` unless there is no avatar any more. */
  readonly centres: ReadonlyMap<string, Centre>
}

export interface Centre {
  readonly x: number
  readonly y: number
  readonly me: number
}

/** An entity as it is when it comes into the world. */
export function thingOf(being: Being): Thing {
  const { id, kind, x, y } = being
  const name = 'name' in being ? being.name : ''
  const still = { vx: 0, vy: 0, facing: 0, hp: 0, tags: [] }
  return { id, kind, x, y, name, ...still, to: undefined, wide: false, priority: 'normal' }
}

/** The fields that clients see, as text. */
export function fieldsText(kind: string, fields: Readonly<Record<string, unknown>>): string {
  const turned = (parts: number): number => angleIndex(fields['facing'] as number, parts)
  if (kind === 'Hero') return `${turned(256)} ${fields['hp']} ${fields['name']}`
  if (kind === 'Rock') return `${fields['hp']} ${String(fields['tags'])}`
  return `${turned(64)}`
}

export function placeOf(tile: number | 'all', { to, priority }: Pick<Thing, 'to' | 'priority'>) {
  return `${tile} ${to ?? ''} ${priority}`
}

/** The world as it should be, in plain objects. */
export class Model {
  things = new Map<number, Thing>()
  /** Those that were given, by player. */
  audiences = new Map<string, string[]>()
  /** The avatar of each player who is here; 0 for none. */
  players = new Map<string, number>()
  centres = new Map<string, Centre>()

  copy(): Model {
    const made = new Model()
    for (const [id, thing] of this.things) made.things.set(id, { ...thing })
    made.audiences = new Map(this.audiences)
    made.players = new Map(this.players)
    made.centres = new Map(this.centres)
    return made
  }

  isIn(player: string, audience: string): boolean {
    if (!this.players.has(player)) return false
    return audience === `@${player}` || (this.audiences.get(player) ?? []).includes(audience)
  }

  playerOf(id: number): string | undefined {
    for (const [player, me] of this.players) if (me === id) return player
    return undefined
  }

  remove(id: number): void {
    this.things.delete(id)
    const player = this.playerOf(id)
    if (player !== undefined) this.players.set(player, 0)
  }

  leave(player: string): void {
    this.players.delete(player)
    this.audiences.delete(player)
    this.centres.delete(player)
  }

  /** Nobody is hidden from itself. */
  keepOwnSight(player: string): void {
    const thing = this.things.get(this.players.get(player) ?? 0)
    if (thing?.to === undefined || this.isIn(player, thing.to)) return
    thing.to = `@${player}`
  }

  /** Everything goes its way for a tick. */
  step(): void {
    for (const thing of this.things.values()) {
      if (thing.vx === 0 && thing.vy === 0) continue
      const { x, y, vx, vy } = thing
      if (x + vx < 0 || x + vx > size.width) thing.vx = -vx
      if (y + vy < 0 || y + vy > size.height) thing.vy = -vy
      thing.x = Math.min(size.width, Math.max(0, x + thing.vx))
      thing.y = Math.min(size.height, Math.max(0, y + thing.vy))
    }
  }

  truth(
    { tick, streams, former }: { tick: number; streams: Streams; former: Truth | undefined },
    grid: TileGrid,
    precision: number,
  ): Truth {
    const shown = new Map<number, Shown>()
    for (const thing of this.things.values()) {
      const { id, kind, to } = thing
      const tile = tileAt(grid, thing.x, thing.y)
      const layered = thing.wide || to !== undefined || thing.priority !== 'normal'
      const its = layered ? placeOf(thing.wide ? 'all' : tile, thing) : `${tile}`
      const was = former?.shown.get(id)
      shown.set(id, {
        id,
        kind,
        to,
        tile,
        place: its,
        x: Math.floor(thing.x / precision + 0.5) * precision,
        y: Math.floor(thing.y / precision + 0.5) * precision,
        fields: fieldsText(kind, { ...thing }),
        cameAt: was?.place === its ? was.cameAt : tick,
      })
    }
    for (const [player, me] of this.players) {
      const thing = this.things.get(me)
      if (thing !== undefined) this.centres.set(player, { x: thing.x, y: thing.y, me })
      else {
        const last = this.centres.get(player)
        if (last !== undefined) this.centres.set(player, { ...last, me: 0 })
      }
    }
    const audiences = new Map<string, ReadonlySet<string>>()
    for (const player of this.players.keys()) {
      audiences.set(player, new Set([`@${player}`, ...(this.audiences.get(player) ?? [])]))
    }
    return { tick, streams, shown, audiences, centres: new Map(this.centres) }
  }
}
