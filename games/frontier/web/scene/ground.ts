import { Container, Sprite, Texture } from 'pixi.js'
import { worldEdge } from '../shared/rules.ts'
import type { Camera } from './camera.ts'
import { chunkEdge, groundScale, paintChunk } from './ground-paint.ts'

const chunksMax = 64
const chunksPerSide = Math.ceil(worldEdge / chunkEdge)

interface Chunk {
  readonly sprite: Sprite
  readonly texture: Texture
  seenAt: number
}

/** The ground, painted once per square and kept while it is near. */
export class Ground {
  readonly layer = new Container()
  readonly #chunks = new Map<number, Chunk>()
  #frame = 0

  /** Paints at most `paintMax` missing squares, those in view before those around it. */
  update(camera: Camera, paintMax: number): void {
    this.#frame += 1
    const painted = this.#cover(camera, 0, paintMax)
    if (painted < paintMax) this.#cover(camera, chunkEdge * 0.7, paintMax - painted)
    if (this.#chunks.size > chunksMax) this.#forget()
  }

  #cover(camera: Camera, margin: number, paintMax: number): number {
    let painted = 0
    const columnLast = chunkOf(camera.right + margin)
    const rowLast = chunkOf(camera.bottom + margin)
    for (let row = chunkOf(camera.top - margin); row <= rowLast; row += 1) {
      for (let column = chunkOf(camera.left - margin); column <= columnLast; column += 1) {
        const number = row * chunksPerSide + column
        let chunk = this.#chunks.get(number)
        if (chunk === undefined) {
          if (painted >= paintMax) continue
          painted += 1
          chunk = this.#paint(number, column * chunkEdge, row * chunkEdge)
        }
        chunk.seenAt = this.#frame
      }
    }
    return painted
  }

  #paint(number: number, left: number, top: number): Chunk {
    const texture = Texture.from(paintChunk(left, top))
    const sprite = new Sprite(texture)
    sprite.position.set(left, top)
    // A hair wider than its square, so that no seam shows at odd scales.
    sprite.scale.set(1.002 / groundScale)
    this.layer.addChild(sprite)
    const chunk = { sprite, texture, seenAt: this.#frame }
    this.#chunks.set(number, chunk)
    return chunk
  }

  #forget(): void {
    for (const [number, { sprite, texture, seenAt }] of this.#chunks) {
      if (this.#chunks.size <= chunksMax * 0.75) return
      if (seenAt >= this.#frame - 60) continue
      this.#chunks.delete(number)
      sprite.destroy()
      texture.destroy(true)
    }
  }
}

function chunkOf(metres: number): number {
  return Math.max(0, Math.min(chunksPerSide - 1, Math.floor(metres / chunkEdge)))
}
