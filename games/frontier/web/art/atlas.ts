import { Rectangle, Texture } from 'pixi.js'

/** Pixels that a metre has in drawn pictures. */
export const pixelsPerMetre = 64
const edge = 2048
/** Empty pixels around each picture, so that neighbours do not shine through. */
const gap = 2

export type Pen = CanvasRenderingContext2D

/** What a picture covers around its anchor, in metres. */
export interface Extent {
  readonly left: number
  readonly right: number
  readonly up: number
  readonly down: number
}

/** A picture with the place, as a part of it, that stands on the ground. */
export interface Picture {
  readonly texture: Texture
  readonly anchorX: number
  readonly anchorY: number
}

/** All pictures on one canvas: whatever is drawn with them is drawn in one go. */
export class Atlas {
  readonly #canvas = document.createElement('canvas')
  readonly #pen: Pen
  readonly #source: Texture
  readonly #pictures = new Map<string, Picture>()
  #x = gap
  #y = gap
  #rowHeight = 0

  constructor() {
    this.#canvas.width = edge
    this.#canvas.height = edge
    this.#pen = this.#canvas.getContext('2d') as Pen
    this.#source = Texture.from(this.#canvas)
  }

  /** Draws a picture; the pen's origin is the anchor, its unit the metre. */
  draw(name: string, extent: Extent, paint: (pen: Pen) => void): void {
    const width = Math.ceil((extent.left + extent.right) * pixelsPerMetre)
    const height = Math.ceil((extent.up + extent.down) * pixelsPerMetre)
    if (this.#x + width + gap > edge) {
      this.#x = gap
      this.#y += this.#rowHeight + gap
      this.#rowHeight = 0
    }
    if (this.#y + height + gap > edge) throw new Error(`No room for the picture ${name}.`)
    const pen = this.#pen
    pen.save()
    pen.beginPath()
    pen.rect(this.#x, this.#y, width, height)
    pen.clip()
    pen.translate(this.#x + extent.left * pixelsPerMetre, this.#y + extent.up * pixelsPerMetre)
    pen.scale(pixelsPerMetre, pixelsPerMetre)
    pen.lineJoin = 'round'
    pen.lineCap = 'round'
    paint(pen)
    pen.restore()
    this.#pictures.set(name, {
      texture: new Texture({
        source: this.#source.source,
        frame: new Rectangle(this.#x, this.#y, width, height),
      }),
      anchorX: (extent.left * pixelsPerMetre) / width,
      anchorY: (extent.up * pixelsPerMetre) / height,
    })
    this.#x += width + gap
    this.#rowHeight = Math.max(this.#rowHeight, height)
  }

  get(name: string): Picture {
    const picture = this.#pictures.get(name)
    if (picture === undefined) throw new Error(`There is no picture ${name}.`)
    return picture
  }

  /** A picture as an image for pages. */
  image(name: string, width: number): HTMLCanvasElement {
    const { frame } = this.get(name).texture
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = Math.round((width * frame.height) / frame.width)
    const pen = canvas.getContext('2d') as Pen
    pen.scale(width / frame.width, width / frame.width)
    this.#copy(pen, frame)
    return canvas
  }

  /** A long picture as a square image for pages, turned to fit: weapons in the bag. */
  badge(name: string, width: number): HTMLCanvasElement {
    const { frame } = this.get(name).texture
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = width
    const pen = canvas.getContext('2d') as Pen
    const size = (width * 1.3) / Math.max(frame.width, frame.height)
    pen.translate(width / 2, width / 2)
    pen.rotate(-Math.PI / 4)
    pen.scale(size, size)
    pen.translate(-frame.width * 0.54, -frame.height / 2)
    this.#copy(pen, frame)
    return canvas
  }

  #copy(pen: Pen, { x, y, width, height }: Rectangle): void {
    pen.imageSmoothingQuality = 'high'
    pen.drawImage(this.#canvas, x, y, width, height, 0, 0, width, height)
  }

  /** To be called once all is drawn. */
  finish(): void {
    this.#source.source.update()
  }
}
