import type { Atlas, Pen } from './atlas.ts'
import { cssColour, lookOf } from './look.ts'

const scratch = document.createElement('canvas')

/**
 * Draws somebody from the front; the pen's origin is between the feet, `size` pixels are a
 * metre.
 */
export function drawPortrait(pen: Pen, atlas: Atlas, look: number, size: number): void {
  const { tunic, skin, hair, hairStyle, hat } = lookOf(look)
  const part = (name: string, tint: number, x: number, y: number) => {
    stamp(pen, atlas, { name, tint, x: x * size, y: y * size, scale: size / 64 })
  }
  part('foot', 0xffffff, -0.17, 0.02)
  part('foot', 0xffffff, 0.17, 0.02)
  part('hand', skin, -0.42, -0.42)
  part('tunic', tunic, 0, -0.08)
  part('head', skin, 0, -1.2)
  part('face', 0xffffff, 0.03, -1.12)
  part(`hair${hairStyle}`, hair, 0, -1.18)
  if (hat > 0) part(`hat${hat}`, hat === 2 ? tunic : 0xffffff, 0, -1.25)
  part('hand', skin, 0.42, -0.42)
}

interface Stamp {
  readonly name: string
  readonly tint: number
  readonly x: number
  readonly y: number
  readonly scale: number
}

function stamp(pen: Pen, atlas: Atlas, { name, tint, x, y, scale }: Stamp): void {
  const { texture, anchorX, anchorY } = atlas.get(name)
  const width = Math.ceil(texture.frame.width * scale)
  const height = Math.ceil(texture.frame.height * scale)
  const image = atlas.image(name, width)
  scratch.width = width
  scratch.height = height
  const mix = scratch.getContext('2d') as Pen
  mix.drawImage(image, 0, 0, width, height)
  mix.globalCompositeOperation = 'multiply'
  mix.fillStyle = cssColour(tint)
  mix.fillRect(0, 0, width, height)
  mix.globalCompositeOperation = 'destination-in'
  mix.drawImage(image, 0, 0, width, height)
  pen.drawImage(scratch, x - width * anchorX, y - height * anchorY)
}
