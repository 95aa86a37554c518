import { type Container, Sprite } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import { village } from '../shared/rules.ts'
import type { Camera } from './camera.ts'
import type { Effects } from './effects.ts'
import { dress, stretch } from './sprites.ts'

const flames = [
  { x: -0.28, size: 0.8, beat: 7 },
  { x: 0.3, size: 0.75, beat: 8.3 },
  { x: 0, size: 1.15, beat: 6.1 },
] as const

/** The fire in the middle of the village: flames that lick, sparks and smoke. */
export class Campfire {
  readonly #flames: readonly Sprite[]
  #spark = 0
  #smoke = 0

  constructor(atlas: Atlas, scene: Container) {
    this.#flames = flames.map(({ x }, index) => {
      const flame = scene.addChild(new Sprite())
      dress(flame, atlas, 'flame')
      flame.position.set(village.x + x, village.y + 0.12)
      flame.zIndex = village.y + 0.05 + index * 0.01
      return flame
    })
  }

  update(camera: Camera, effects: Effects, seconds: number, elapsed: number): void {
    if (!camera.sees(village.x, village.y, 6)) return
    this.#flames.forEach((flame, index) => {
      const { size, beat } = flames[index] as (typeof flames)[number]
      const lick = Math.sin(elapsed * beat) * 0.12 + Math.sin(elapsed * beat * 2.3) * 0.07
      stretch(flame, size * (1 - lick * 0.5), size * (1 + lick))
      flame.skew.x = Math.sin(elapsed * beat * 0.7) * 0.12
    })
    this.#spark -= seconds
    if (this.#spark < 0) {
      this.#spark = 0.1
      effects.burst(village.x, village.y, 0.7, {
        ...{ picture: 'dot', tints: [0xffd97a, 0xff9a3f], count: 1, speed: 0.5, rise: 2.4 },
        ...{ gravity: 0.4, life: 1.4, size: 0.11, glowing: true },
      })
    }
    this.#smoke -= seconds
    if (this.#smoke < 0) {
      this.#smoke = 0.35
      effects.burst(village.x, village.y, 1.3, {
        ...{ picture: 'puff', tints: [0x9a94a4, 0xb4aebb], count: 1, speed: 0.25, rise: 1.1 },
        ...{ gravity: 0, life: 2.6, size: 0.28, grow: 0.3 },
      })
    }
  }
}
