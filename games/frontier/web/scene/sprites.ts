import { Sprite } from 'pixi.js'
import { type Atlas, pixelsPerMetre } from '../art/atlas.ts'

/** A sprite of a picture, in metres, standing on its anchor. */
export function spriteOf(atlas: Atlas, name: string): Sprite {
  const sprite = new Sprite()
  dress(sprite, atlas, name)
  return sprite
}

/** Gives a sprite another picture. */
export function dress(sprite: Sprite, atlas: Atlas, name: string, size = 1): void {
  const { texture, anchorX, anchorY } = atlas.get(name)
  sprite.texture = texture
  sprite.anchor.set(anchorX, anchorY)
  sprite.scale.set(size / pixelsPerMetre)
}

/** Sets the size of a sprite against its picture, in both directions. */
export function stretch(sprite: Sprite, x: number, y: number): void {
  sprite.scale.set(x / pixelsPerMetre, y / pixelsPerMetre)
}
