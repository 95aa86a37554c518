/** Pixels per unit of length. */
const scaleMin = 0.02
const scaleMax = 80

/** Which part of a world is seen: `x`, `y` is in the middle. */
export class Camera {
  x = 0
  y = 0
  scale = 4
  /** Of the canvas, CSS pixels. */
  width = 1
  height = 1

  toScreen(x: number, y: number): [x: number, y: number] {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2]
  }

  toWorld(x: number, y: number): [x: number, y: number] {
    return [(x - this.width / 2) / this.scale + this.x, (y - this.height / 2) / this.scale + this.y]
  }

  /** Zooms so that what is at this point of the screen stays there. */
  zoom(factor: number, x = this.width / 2, y = this.height / 2): void {
    const [worldX, worldY] = this.toWorld(x, y)
    this.scale = Math.min(scaleMax, Math.max(scaleMin, this.scale * factor))
    const [nowX, nowY] = this.toWorld(x, y)
    this.x += worldX - nowX
    this.y += worldY - nowY
  }

  pan(dx: number, dy: number): void {
    this.x -= dx / this.scale
    this.y -= dy / this.scale
  }

  /** Shows a square of this edge around a point. */
  fit(x: number, y: number, edge: number): void {
    this.x = x
    this.y = y
    const scale = Math.min(this.width, this.height) / edge
    this.scale = Math.min(scaleMax, Math.max(scaleMin, scale))
  }
}
