/** Metres from the middle of the view to its corner. */
const halfDiagonal = 18.5
const scaleMin = 37
const scaleMax = 96

/** What part of the world is shown, and how large. */
export class Camera {
  x = 0
  y = 0
  /** Pixels per metre. */
  scale = scaleMin
  width = 1
  height = 1
  left = 0
  top = 0
  right = 0
  bottom = 0
  #shake = 0
  #shakeX = 0
  #shakeY = 0

  resize(width: number, height: number): void {
    this.width = width
    this.height = height
    const fitting = Math.hypot(width, height) / 2 / halfDiagonal
    this.scale = Math.max(scaleMin, Math.min(scaleMax, fitting))
    this.#frame()
  }

  /** Follows a place smoothly; from far away it jumps. */
  follow(x: number, y: number, seconds: number): void {
    const far = Math.hypot(x - this.x, y - this.y) > 12
    const part = far ? 1 : 1 - Math.exp(-seconds * 11)
    this.x += (x - this.x) * part
    this.y += (y - this.y) * part
    this.#shake = Math.max(0, this.#shake - seconds * 1.6)
    const strength = this.#shake * this.#shake * 0.5
    this.#shakeX = (Math.random() - 0.5) * strength
    this.#shakeY = (Math.random() - 0.5) * strength
    this.#frame()
  }

  shake(strength: number): void {
    this.#shake = Math.min(1, this.#shake + strength)
  }

  get offsetX(): number {
    return this.width / 2 - (this.x + this.#shakeX) * this.scale
  }

  get offsetY(): number {
    return this.height / 2 - (this.y + this.#shakeY) * this.scale
  }

  screenX(x: number): number {
    return x * this.scale + this.offsetX
  }

  screenY(y: number): number {
    return y * this.scale + this.offsetY
  }

  /** Whether something `reach` metres large at (x, y) may be in view. */
  sees(x: number, y: number, reach: number): boolean {
    return (
      x > this.left - reach &&
      x < this.right + reach &&
      y > this.top - reach &&
      y < this.bottom + reach
    )
  }

  #frame(): void {
    const halfWidth = this.width / 2 / this.scale
    const halfHeight = this.height / 2 / this.scale
    this.left = this.x - halfWidth
    this.right = this.x + halfWidth
    this.top = this.y - halfHeight
    this.bottom = this.y + halfHeight
  }
}
