import { BitmapFont, BitmapText, Container, Sprite } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import { dress, stretch } from './sprites.ts'

const family = 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif'

const nameFont = 'frontier-names'
export const numberFont = 'frontier-numbers'

/** Makes the two fonts of the scene; other letters are added as they are needed. */
export function installFonts(resolution: number): void {
  const chars = [[' ', '~']]
  BitmapFont.install({
    name: nameFont,
    chars,
    resolution,
    style: {
      fontFamily: family,
      fontSize: 15,
      fontWeight: '700',
      fill: 0xffffff,
      stroke: { color: 0x241c30, width: 4, join: 'round' },
    },
  })
  BitmapFont.install({
    name: numberFont,
    chars: [['0', '9'], '+-! XPLVELUx'],
    resolution,
    style: {
      fontFamily: family,
      fontSize: 24,
      fontWeight: '900',
      fill: 0xffffff,
      stroke: { color: 0x241c30, width: 5, join: 'round' },
    },
  })
}

/** A name and a health bar over a head, in pixels of the screen. */
export class Label {
  readonly root = new Container()
  readonly #name: BitmapText
  readonly #back = new Sprite()
  readonly #fill = new Sprite()
  #shown = 1

  constructor(atlas: Atlas) {
    this.#name = new BitmapText({ text: '', style: { fontFamily: nameFont, fontSize: 15 } })
    this.#name.anchor.set(0.5, 1)
    for (const bar of [this.#back, this.#fill]) {
      dress(bar, atlas, 'bar')
      bar.y = 4
    }
    this.#back.tint = 0x241c30
    stretch(this.#back, 41, 41)
    this.root.addChild(this.#back, this.#fill, this.#name)
  }

  name(text: string, tint: number): void {
    this.#name.text = text
    this.#name.tint = tint
    this.#name.visible = text !== ''
  }

  /** @param part health left, 0 … 1; the bar is hidden at 1 unless `always` */
  health(part: number, tint: number, always: boolean): void {
    const visible = part > 0 && (part < 1 || always)
    this.#back.visible = visible
    this.#fill.visible = visible
    this.#name.y = visible ? -3 : 6
    if (!visible) {
      this.#shown = part
      return
    }
    this.#shown += (part - this.#shown) * 0.25
    const width = Math.max(0.06, this.#shown) * 38
    stretch(this.#fill, width, 26)
    this.#fill.x = (width - 38) * 0.69
    this.#fill.tint = tint
  }

  at(x: number, y: number): void {
    this.root.position.set(Math.round(x), Math.round(y))
  }
}
