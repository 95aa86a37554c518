import { Container, Sprite, Texture } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import { mix, smooth } from '../shared/noise.ts'
import { village } from '../shared/rules.ts'
import { cellEdge, type Scenery, sceneryIn } from '../shared/scenery.ts'
import type { Camera } from './camera.ts'
import { spriteOf, stretch } from './sprites.ts'

/** A day lasts this long, in seconds. */
const daySeconds = 600
const motesMax = 36

type Colour = readonly [number, number, number]
/** Hour and the colour of light from then on. */
const hours: readonly (readonly [number, Colour])[] = [
  [0, [98, 112, 190]],
  [4.5, [104, 116, 192]],
  [6.5, [255, 214, 196]],
  [8.5, [255, 250, 240]],
  [12, [255, 255, 255]],
  [16.5, [255, 250, 236]],
  [19, [255, 196, 150]],
  [20.5, [168, 142, 200]],
  [22, [98, 112, 190]],
  [24, [98, 112, 190]],
]

interface Lamp {
  readonly sprite: Sprite
  readonly size: number
  readonly flicker: number
  readonly always: boolean
}

interface Mote {
  readonly sprite: Sprite
  x: number
  y: number
  phase: number
}

/** The light of the day, lamps at night, and what floats in the air. */
export class Sky {
  /** Lies over the scene and darkens it. */
  readonly shade: Sprite
  readonly lights = new Container()
  readonly #lamps: Lamp[] = []
  readonly #motes: Mote[] = []
  readonly #fixedHour: number | undefined

  constructor(atlas: Atlas, fixedHour: number | undefined) {
    this.#fixedHour = fixedHour
    this.shade = new Sprite(Texture.WHITE)
    this.shade.blendMode = 'multiply'
    this.#lightVillage(atlas)
    for (let index = 0; index < motesMax; index += 1) {
      const sprite = this.lights.addChild(spriteOf(atlas, index % 3 === 0 ? 'petal' : 'light'))
      this.#motes.push({ sprite, x: 0, y: 0, phase: Math.random() * 60 })
    }
  }

  resize({ width, height }: Camera): void {
    this.shade.position.set(-4, -4)
    this.shade.width = width + 8
    this.shade.height = height + 8
  }

  update(camera: Camera, wallMs: number, seconds: number, elapsed: number): void {
    const hour = this.#fixedHour ?? ((wallMs / 1000 / daySeconds) * 24 + 9) % 24
    const [red, green, blue] = lightAt(hour)
    this.shade.tint = (red << 16) | (green << 8) | blue
    const dark = 1 - smooth(115, 235, (red + green) / 2)
    for (const { sprite, size, flicker, always } of this.#lamps) {
      sprite.visible = camera.sees(sprite.x, sprite.y, size * 2)
      const beat = Math.sin(elapsed * 9 + flicker * 5) + Math.sin(elapsed * 14.3 + flicker)
      const now = size * (1 + beat * (always ? 0.035 : 0.012))
      stretch(sprite, now, now * 0.8)
      sprite.alpha = always ? 0.34 + 0.34 * dark : 0.6 * dark
    }
    for (const mote of this.#motes) this.#waft(mote, camera, dark, seconds, elapsed)
  }

  #lightVillage(atlas: Atlas): void {
    const reach = Math.ceil((village.radius + 12) / cellEdge)
    const middle = Math.floor(village.x / cellEdge)
    for (let row = middle - reach; row <= middle + reach; row += 1) {
      for (let column = middle - reach; column <= middle + reach; column += 1) {
        for (const thing of sceneryIn(column, row)) this.#light(atlas, thing)
      }
    }
  }

  #light(atlas: Atlas, { kind, x, y, chance }: Scenery): void {
    const size = { fire: 4.2, lamp: 1.9, house: 1.9 }[kind as 'fire' | 'lamp' | 'house']
    if (size === undefined) return
    const sprite = this.lights.addChild(spriteOf(atlas, 'light'))
    sprite.blendMode = 'add'
    sprite.tint = kind === 'fire' ? 0xff9a48 : 0xffc76a
    const up = { fire: 0.4, lamp: 2.1, house: -0.4 }[kind as 'fire' | 'lamp' | 'house']
    sprite.position.set(x, y - up)
    this.#lamps.push({ sprite, size, flicker: chance * 9 + x, always: kind === 'fire' })
  }

  /** By day petals and pollen, by night fireflies. */
  #waft(mote: Mote, camera: Camera, dark: number, seconds: number, elapsed: number): void {
    const { sprite } = mote
    const petal = mote.sprite === this.#motes[0]?.sprite || sprite.texture.frame.width < 60
    mote.x += seconds * (0.5 + 0.4 * Math.sin(elapsed * 0.5 + mote.phase))
    mote.y += seconds * (petal ? 0.35 : 0.15 * Math.sin(elapsed + mote.phase * 3))
    if (!camera.sees(mote.x, mote.y, 2)) {
      mote.x = camera.left + Math.random() * (camera.right - camera.left)
      mote.y = camera.top + Math.random() * (camera.bottom - camera.top)
    }
    sprite.position.set(mote.x, mote.y + Math.sin(elapsed * 1.3 + mote.phase) * 0.3)
    if (petal) {
      sprite.tint = 0xffd3de
      sprite.alpha = 0.75 * (1 - dark)
      sprite.rotation = elapsed + mote.phase
      return
    }
    sprite.blendMode = 'add'
    const blink = Math.max(0, Math.sin(elapsed * 1.7 + mote.phase * 7))
    sprite.tint = dark > 0.4 ? 0xd8ff7a : 0xfff6d0
    sprite.alpha = dark > 0.4 ? blink : 0.28 * blink
    const size = dark > 0.4 ? 0.16 : 0.1
    stretch(sprite, size, size)
  }
}

function lightAt(hour: number): Colour {
  let index = hours.length - 2
  while (index > 0 && (hours[index]?.[0] ?? 0) > hour) index -= 1
  const [from, a] = hours[index] as (typeof hours)[number]
  const [to, b] = hours[index + 1] as (typeof hours)[number]
  const part = (hour - from) / (to - from)
  const between = (one: number, other: number) => Math.round(mix(one, other, part))
  return [between(a[0], b[0]), between(a[1], b[1]), between(a[2], b[2])]
}
