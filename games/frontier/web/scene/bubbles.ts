import { Container, Graphics, Text } from 'pixi.js'
import type { Camera } from './camera.ts'

const bubblesMax = 14
const lifeSeconds = 5.5
const textWidth = 210

interface Bubble {
  readonly who: number
  readonly root: Container
  age: number
}

/** What people say, over their heads. Each has one bubble at a time. */
export class Bubbles {
  readonly layer = new Container()
  #bubbles: Bubble[] = []

  say(who: number, words: string): void {
    this.#drop((bubble) => bubble.who === who)
    if (this.#bubbles.length >= bubblesMax) {
      const oldest = this.#bubbles[0]
      this.#drop((bubble) => bubble === oldest)
    }
    const text = new Text({
      text: words,
      style: {
        fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif',
        fontSize: 14,
        fontWeight: '600',
        lineHeight: 18,
        fill: 0x2b2233,
        wordWrap: true,
        wordWrapWidth: textWidth,
        breakWords: true,
      },
      resolution: Math.min(2, globalThis.devicePixelRatio || 1),
    })
    const width = Math.ceil(text.width) + 22
    const height = Math.ceil(text.height) + 14
    const back = new Graphics()
      .roundRect(-width / 2 - 1, -height - 9, width + 2, height + 2, 12)
      .fill({ color: 0x241c30, alpha: 0.35 })
      .roundRect(-width / 2, -height - 10, width, height, 12)
      .poly([-7, -11, 7, -11, 0, -2])
      .fill(0xfff8e7)
    text.position.set(-width / 2 + 11, -height - 3)
    const root = this.layer.addChild(new Container())
    root.addChild(back, text)
    this.#bubbles.push({ who, root, age: 0 })
  }

  /** @param headOf where somebody's head is now, in metres; undefined for who is gone */
  update(
    camera: Camera,
    seconds: number,
    headOf: (who: number) => { readonly x: number; readonly y: number } | undefined,
  ): void {
    for (const bubble of this.#bubbles) {
      bubble.age += seconds
      const head = headOf(bubble.who)
      if (head === undefined) bubble.age = lifeSeconds
      else {
        const half = bubble.root.width / 2 + 6
        const x = Math.max(half, Math.min(camera.width - half, camera.screenX(head.x)))
        bubble.root.position.set(Math.round(x), Math.round(camera.screenY(head.y)))
      }
      const pop = Math.min(1, bubble.age * 7)
      bubble.root.scale.set(0.7 + 0.3 * pop)
      bubble.root.alpha = Math.min(1, (lifeSeconds - bubble.age) * 2.5)
    }
    this.#drop((bubble) => bubble.age >= lifeSeconds)
  }

  #drop(which: (bubble: Bubble) => boolean): void {
    if (!this.#bubbles.some(which)) return
    for (const bubble of this.#bubbles) if (which(bubble)) bubble.root.destroy({ children: true })
    this.#bubbles = this.#bubbles.filter((bubble) => !which(bubble))
  }
}
