import type { Pen } from './atlas.ts'

/** The colour of outlines. */
export const ink = '#2c2436'

export function ellipse(
  pen: Pen,
  x: number,
  y: number,
  rx: number,
  ry: number,
  fill: string | CanvasGradient,
): void {
  pen.beginPath()
  pen.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2)
  pen.fillStyle = fill
  pen.fill()
}

export function outline(pen: Pen, width = 0.055, colour = ink): void {
  pen.lineWidth = width
  pen.strokeStyle = colour
  pen.stroke()
}

/** Starts a closed path through points, its corners rounded. */
export function softPath(pen: Pen, points: readonly (readonly [number, number])[]): void {
  const at = (index: number) => points[(index + points.length) % points.length] ?? [0, 0]
  pen.beginPath()
  for (let index = 0; index < points.length; index += 1) {
    const [x, y] = at(index)
    const [nextX, nextY] = at(index + 1)
    const middleX = (x + nextX) / 2
    const middleY = (y + nextY) / 2
    if (index === 0) {
      const [lastX, lastY] = at(-1)
      pen.moveTo((lastX + x) / 2, (lastY + y) / 2)
    }
    pen.quadraticCurveTo(x, y, middleX, middleY)
  }
  pen.closePath()
}

/** Starts a closed path through points, its corners sharp. */
export function path(pen: Pen, points: readonly (readonly [number, number])[]): void {
  pen.beginPath()
  for (const [x, y] of points) pen.lineTo(x, y)
  pen.closePath()
}

/** A colour that grows from `inner` to `outer` around (x, y). */
export function glow(
  pen: Pen,
  x: number,
  y: number,
  radius: number,
  inner: string,
  outer: string,
): CanvasGradient {
  const gradient = pen.createRadialGradient(x, y, 0, x, y, radius)
  gradient.addColorStop(0, inner)
  gradient.addColorStop(1, outer)
  return gradient
}

/** A colour that runs from the top to the bottom. */
export function slope(
  pen: Pen,
  top: number,
  bottom: number,
  ...colours: readonly string[]
): CanvasGradient {
  const gradient = pen.createLinearGradient(0, top, 0, bottom)
  colours.forEach((colour, index) => {
    gradient.addColorStop(index / Math.max(1, colours.length - 1), colour)
  })
  return gradient
}
