import { Container, Sprite } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import { firstWeaponItem, items } from '../shared/rules.ts'
import { dress, spriteOf, stretch } from './sprites.ts'

const glows = [0xffd75a, 0xff8a9a, 0xff5a8a, 0xd8a878, 0x8ad8ff]

/** Name of the picture of an item. */
function pictureOfItem(item: number): string {
  return items[item]?.key ?? 'gold'
}

/** Something on the ground: it jumps out, then bounces gently in its glow. */
export class Drop {
  readonly root = new Container()
  readonly #atlas: Atlas
  readonly #glow: Sprite
  readonly #shadow: Sprite
  readonly #thing = new Sprite()
  #age = 0
  #size = 1

  constructor(atlas: Atlas) {
    this.#atlas = atlas
    this.#glow = spriteOf(atlas, 'light')
    this.#glow.blendMode = 'add'
    this.#shadow = spriteOf(atlas, 'shadow')
    stretch(this.#shadow, 0.34, 0.17)
    this.root.addChild(this.#shadow, this.#glow, this.#thing)
  }

  /** @param fresh whether it has just fallen */
  appear(x: number, y: number, item: number, amount: number, fresh: boolean): void {
    const weapon = item >= firstWeaponItem
    this.#size = weapon ? 0.72 : item === 0 ? 0.8 + Math.min(0.5, amount / 60) : 0.9
    dress(this.#thing, this.#atlas, pictureOfItem(item), this.#size)
    this.#thing.rotation = weapon ? -0.8 : 0
    this.#glow.tint = weapon ? 0xb48aff : (glows[item] ?? 0xffffff)
    this.#age = fresh ? 0 : 3
    this.root.position.set(x, y)
    this.root.zIndex = y - 0.2
    this.root.visible = true
  }

  update(seconds: number): void {
    this.#age += seconds
    const age = this.#age
    const leap = age < 0.5 ? Math.sin((age / 0.5) * Math.PI) * 0.9 : 0
    const bounce = age < 0.5 ? 0 : Math.abs(Math.sin(age * 2.6)) * 0.16
    this.#thing.y = -0.22 - leap - bounce
    stretch(this.#shadow, 0.34 - bounce * 0.5, 0.17 - bounce * 0.25)
    const pulse = 0.5 + 0.12 * Math.sin(age * 4)
    stretch(this.#glow, pulse, pulse * 0.8)
    this.#glow.y = -0.2
    this.#glow.alpha = 0.55
  }
}
