import type { Being } from '../net/feed.ts'
import { colourAt } from '../scene/ground-paint.ts'
import { village, worldEdge } from '../shared/rules.ts'
import { forest } from '../shared/terrain.ts'
import { part } from './page.ts'

/** Metres from the middle of the map to its edge. */
const reach = 62
/** Metres per pixel of the painted country. */
const grain = 2

/** The round map: the country around the player, and who is in view. */
export class MiniMap {
  readonly #canvas = part<HTMLCanvasElement>('map')
  readonly #pen = this.#canvas.getContext('2d') as CanvasRenderingContext2D
  readonly #country = document.createElement('canvas')
  #row = 0

  constructor() {
    const side = worldEdge / grain
    this.#country.width = side
    this.#country.height = side
  }

  /** Paints some more rows of the country; all of it takes a second. */
  paint(rows: number): void {
    const side = this.#country.width
    if (this.#row >= side) return
    const pen = this.#country.getContext('2d') as CanvasRenderingContext2D
    const count = Math.min(rows, side - this.#row)
    const image = pen.createImageData(side, count)
    const rgb: [number, number, number] = [0, 0, 0]
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const x = (column + 0.5) * grain
        const y = (this.#row + row + 0.5) * grain
        colourAt(x, y, rgb)
        const shade = 1 - 0.32 * forest(x, y)
        const at = (row * side + column) * 4
        image.data.set([rgb[0] * shade, rgb[1] * shade, rgb[2] * shade, 255], at)
      }
    }
    pen.putImageData(image, 0, this.#row)
    this.#row += count
  }

  draw(x: number, y: number, beings: readonly Being[], me: number): void {
    const pen = this.#pen
    const half = this.#canvas.width / 2
    const scale = half / reach
    pen.clearRect(0, 0, half * 2, half * 2)
    pen.save()
    pen.translate(half, half)
    pen.scale(scale, scale)
    pen.translate(-x, -y)
    pen.imageSmoothingEnabled = true
    pen.drawImage(this.#country, 0, 0, worldEdge, worldEdge)
    pen.restore()
    const dot = (px: number, py: number, radius: number, colour: string) => {
      pen.beginPath()
      pen.arc(half + (px - x) * scale, half + (py - y) * scale, radius, 0, Math.PI * 2)
      pen.fillStyle = colour
      pen.fill()
    }
    for (const being of beings) {
      if (being.kind === 'Monster') dot(being.x, being.y, 4, '#e0483c')
      else if (being.kind === 'Loot') dot(being.x, being.y, 2.5, '#ffe27a')
      else if (being.id !== me) dot(being.x, being.y, 4, '#ffffff')
    }
    this.#pointHome(x, y, half, scale)
    dot(x, y, 7, '#2b2233')
    dot(x, y, 5, '#ffcf5c')
  }

  /** The village's fire; beyond the edge, where it lies. */
  #pointHome(x: number, y: number, half: number, scale: number): void {
    const pen = this.#pen
    const dx = (village.x - x) * scale
    const dy = (village.y - y) * scale
    const far = Math.hypot(dx, dy)
    const part = far > half - 16 ? (half - 16) / far : 1
    pen.font = '700 30px system-ui, sans-serif'
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.beginPath()
    const [cx, cy] = [half + dx * part, half + dy * part]
    pen.moveTo(cx, cy - 13)
    pen.lineTo(cx + 11, cy - 2)
    pen.lineTo(cx + 8, cy + 10)
    pen.lineTo(cx - 8, cy + 10)
    pen.lineTo(cx - 11, cy - 2)
    pen.closePath()
    pen.fillStyle = '#c9584a'
    pen.fill()
    pen.lineWidth = 3
    pen.strokeStyle = '#fff1d6'
    pen.stroke()
  }
}
