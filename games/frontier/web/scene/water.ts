import { Container, Sprite } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import { onBridge, waterDepth } from '../shared/terrain.ts'
import type { Camera } from './camera.ts'
import { dress, stretch } from './sprites.ts'

const ripplesMax = 70

interface Ripple {
  readonly sprite: Sprite
  age: number
  life: number
  drift: number
}

/** Ripples and glints that come and go on the water in view. */
export class Water {
  readonly layer = new Container()
  readonly #ripples: Ripple[] = []
  readonly #atlas: Atlas

  constructor(atlas: Atlas) {
    this.#atlas = atlas
    for (let index = 0; index < ripplesMax; index += 1) {
      const sprite = this.layer.addChild(new Sprite())
      sprite.visible = false
      this.#ripples.push({ sprite, age: Math.random() * 2, life: 2, drift: 0 })
    }
  }

  update(camera: Camera, seconds: number): void {
    for (const ripple of this.#ripples) {
      ripple.age += seconds
      const { sprite } = ripple
      if (ripple.age >= ripple.life) this.#moveOn(ripple, camera)
      if (!sprite.visible) continue
      sprite.x += ripple.drift * seconds
      sprite.alpha = Math.sin(Math.min(1, ripple.age / ripple.life) * Math.PI) * 0.55
    }
  }

  #moveOn(ripple: Ripple, camera: Camera): void {
    const { sprite } = ripple
    const x = camera.left + Math.random() * (camera.right - camera.left)
    const y = camera.top + Math.random() * (camera.bottom - camera.top)
    ripple.age = 0
    sprite.visible = waterDepth(x, y) > 0.9 && !onBridge(x, y)
    ripple.life = sprite.visible ? 1.4 + Math.random() * 2 : 0.2 + Math.random() * 0.4
    if (!sprite.visible) return
    const glint = Math.random() < 0.3
    dress(sprite, this.#atlas, glint ? 'dot' : 'ripple')
    const size = glint ? 0.09 + Math.random() * 0.08 : 0.5 + Math.random() * 0.6
    stretch(sprite, size, size * (glint ? 0.7 : 1))
    ripple.drift = glint ? 0 : 0.15 + Math.random() * 0.25
    sprite.position.set(x, y)
  }
}
