import { RealmError } from '../errors/index.ts'
import type { Reader, Writer } from '../schema/index.ts'
import type { Audiences } from './audiences.ts'

/** What is slowed last, and what first, where a client cannot be told everything. */
export const priorities = ['high', 'normal', 'low'] as const
export type Priority = (typeof priorities)[number]

/** Who sees an entity, from how far, and how urgently. */
export interface Layer {
  /** The name of the audience; undefined is everyone. */
  readonly to: string | undefined
  /** Its number for gates; 0 is everyone. */
  readonly audience: number
  /** Seen wherever one looks. */
  readonly wide: boolean
  readonly priority: Priority
}

/** In which entities begin: everyone sees them, of what is near. */
export const publicLayer = 0
const layersMax = 65_535
/** With the mark of an audience that is one player. */
const audienceNameMax = 65

/**
 * The layers that entities of a world are in, each with a number. What is in the same layer and
 * tile shares a stream. A layer is gone when nothing is in it and its last stream has ended.
 */
export class Layers {
  readonly #audiences: Audiences
  readonly #layers: (Layer | undefined)[] = [
    { to: undefined, audience: 0, wide: false, priority: 'normal' },
  ]
  readonly #uses: number[] = [1]
  readonly #numbers = new Map<string, number>([[keyOf(undefined, false, 'normal'), publicLayer]])
  readonly #free: number[] = []

  constructor(audiences: Audiences) {
    this.#audiences = audiences
  }

  of(layer: number): Layer {
    return this.#layers[layer] as Layer
  }

  /** All there are, by their numbers. */
  list(): (Layer | undefined)[] {
    return [...this.#layers]
  }

  /**
   * The number of a layer, which the caller uses from now on.
   * @throws RealmError `WORLD_FULL`
   */
  hold(to: string | undefined, wide: boolean, priority: Priority): number {
    const key = keyOf(to, wide, priority)
    let layer = this.#numbers.get(key)
    if (layer === undefined) {
      layer = this.#free.pop() ?? this.#layers.length
      if (layer > layersMax) throw new RealmError('WORLD_FULL', 'Too many audiences are shown to.')
      const audience = to === undefined ? 0 : this.#audiences.hold(to)
      this.#layers[layer] = { to, audience, wide, priority }
      this.#uses[layer] = 0
      this.#numbers.set(key, layer)
    }
    this.use(layer)
    return layer
  }

  /** One more entity or stream is in it. */
  use(layer: number): void {
    if (layer === publicLayer) return
    ;(this.#uses[layer] as number) += 1
  }

  /** One less. */
  release(layer: number): void {
    if (layer === publicLayer) return
    ;(this.#uses[layer] as number) -= 1
    if (this.#uses[layer] !== 0) return
    const { to, wide, priority } = this.of(layer)
    this.#numbers.delete(keyOf(to, wide, priority))
    this.#layers[layer] = undefined
    this.#free.push(layer)
    if (to !== undefined) this.#audiences.release(to)
  }
}

function keyOf(to: string | undefined, wide: boolean, priority: Priority): string {
  return `${priority} ${wide} ${to ?? ''}`
}

const wideFlag = 1
const namedFlag = 2
const prioritiesFrom = 4

/** As it is stored with an entity: a byte, and the name of the audience. */
export function writeLayer(writer: Writer, { to, wide, priority }: Layer): void {
  // What is normal is 0.
  const rank = (priorities.indexOf(priority) + 2) % 3
  writer.u8(rank * prioritiesFrom + (wide ? wideFlag : 0) + (to === undefined ? 0 : namedFlag))
  if (to !== undefined) writer.text(to)
}

/** @returns its number, held; @throws RealmError `SCHEMA_*` */
export function readLayer(reader: Reader, layers: Layers): number {
  const byte = reader.u8()
  if (byte === 0) return publicLayer
  const priority = priorities[((byte >> 2) + 1) % 3] as Priority
  const to = (byte & namedFlag) === 0 ? undefined : reader.text(audienceNameMax)
  return layers.hold(to, (byte & wideFlag) !== 0, priority)
}
