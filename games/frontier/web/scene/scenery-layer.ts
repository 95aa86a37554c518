import { Container, Sprite } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import { houseKinds } from '../art/village.ts'
import { hash } from '../shared/noise.ts'
import { cellEdge, type Scenery, sceneryIn } from '../shared/scenery.ts'
import { waterDepth } from '../shared/terrain.ts'
import type { Camera } from './camera.ts'
import { dress, stretch } from './sprites.ts'

/** The tallest things reach this far above the place where they stand, in metres. */
const tallest = 6
const widest = 3

interface Shown {
  readonly thing: Scenery
  readonly root: Container
  readonly shadow: Sprite
  /** The part that does not move; hidden where there is none. */
  readonly foot: Sprite
  /** The part that sways. */
  readonly top: Sprite
  seenAt: number
  alpha: number
}

const crowns: Partial<Record<Scenery['kind'], number>> = {
  oak: -0.9,
  maple: -0.9,
  cherry: -0.9,
  pine: -0.35,
}

/** Trees, rocks and houses in view, from a pool. */
export class SceneryLayer {
  readonly #atlas: Atlas
  readonly #scene: Container
  readonly #shown = new Map<Scenery, Shown>()
  readonly #pool: Shown[] = []
  #frame = 0

  constructor(atlas: Atlas, scene: Container) {
    this.#atlas = atlas
    this.#scene = scene
  }

  /** @param seconds since the page was opened, for the wind */
  update(camera: Camera, meX: number, meY: number, seconds: number): void {
    this.#frame += 1
    const columnFirst = Math.floor((camera.left - widest) / cellEdge)
    const columnLast = Math.floor((camera.right + widest) / cellEdge)
    const rowLast = Math.floor((camera.bottom + tallest) / cellEdge)
    for (let row = Math.floor((camera.top - widest) / cellEdge); row <= rowLast; row += 1) {
      for (let column = columnFirst; column <= columnLast; column += 1) {
        for (const thing of sceneryIn(column, row)) this.#show(thing, meX, meY, seconds)
      }
    }
    for (const [thing, shown] of this.#shown) {
      if (shown.seenAt === this.#frame) continue
      this.#shown.delete(thing)
      shown.root.visible = false
      this.#pool.push(shown)
    }
  }

  #show(thing: Scenery, meX: number, meY: number, seconds: number): void {
    let shown = this.#shown.get(thing)
    if (shown === undefined) {
      shown = this.#raise(thing)
      this.#shown.set(thing, shown)
    }
    shown.seenAt = this.#frame
    const { kind, x, y, size, chance } = thing
    if (crowns[kind] !== undefined) {
      const wind = Math.sin(seconds * 1.1 + x * 0.35) + 0.5 * Math.sin(seconds * 2.3 + chance * 20)
      shown.top.skew.x = wind * 0.022
      // Whoever stands behind a tree can be seen through it.
      const hides = Math.abs(meX - x) < 1.5 * size && meY < y && meY > y - 3.4 * size
      shown.alpha += ((hides ? 0.45 : 1) - shown.alpha) * 0.15
      shown.top.alpha = shown.alpha
    } else if (kind === 'reeds') {
      shown.top.skew.x = Math.sin(seconds * 1.6 + x) * 0.07
    }
  }

  #raise(thing: Scenery): Shown {
    const shown = this.#pool.pop() ?? this.#make(thing)
    const { kind, x, y, size, chance } = thing
    const made = { ...shown, thing, alpha: 1 }
    const crown = crowns[kind]
    made.root.visible = true
    made.root.position.set(x, y)
    made.root.zIndex = kind === 'house' ? y + 1.2 : y
    made.foot.visible = crown !== undefined
    if (crown !== undefined) dress(made.foot, this.#atlas, 'trunk', size)
    dress(made.top, this.#atlas, pictureOf(thing), size)
    const mirrored = chance > 0.5 && kind !== 'house'
    if (mirrored) made.top.scale.x *= -1
    made.top.skew.x = 0
    made.top.alpha = 1
    made.top.position.set(0, crown === undefined ? 0 : crown * size)
    made.top.tint = tintOf(thing)
    shadeOf(made.shadow, thing)
    return made
  }

  #make(thing: Scenery): Shown {
    const root = new Container()
    const shadow = new Sprite()
    dress(shadow, this.#atlas, 'shadow')
    const foot = new Sprite()
    const top = new Sprite()
    root.addChild(shadow, foot, top)
    this.#scene.addChild(root)
    return { thing, root, shadow, foot, top, seenAt: 0, alpha: 1 }
  }
}

function pictureOf({ kind, chance }: Scenery): string {
  return kind === 'house' ? `house${Math.floor(chance * houseKinds)}` : kind
}

/** No two trees have quite the same green. */
function tintOf({ kind, x, y }: Scenery): number {
  if (crowns[kind] === undefined) return 0xffffff
  const light = 222 + Math.floor(hash(Math.floor(x), Math.floor(y), 3) * 33)
  const warm = 226 + Math.floor(hash(Math.floor(x), Math.floor(y), 4) * 29)
  return (warm << 16) | (light << 8) | 226
}

function shadeOf(shadow: Sprite, { kind, x, y, size }: Scenery): void {
  const wide = { house: 3.3, well: 1.6, stall: 2, lamp: 0.5, fire: 0, reeds: 0 }
  const width = kind in wide ? wide[kind as keyof typeof wide] : kind === 'bush' ? 0.9 : 1.5 * size
  shadow.visible = width > 0 && waterDepth(x, y) < 0
  stretch(shadow, width, width * 0.48)
  shadow.position.set(width * 0.14, kind === 'house' ? 1.25 : 0.08)
  shadow.alpha = 0.85
}
