import { Container, Sprite } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import { Label } from './labels.ts'
import { dress, spriteOf, stretch } from './sprites.ts'

export interface BeastState {
  readonly x: number
  readonly y: number
  readonly facing: number
  readonly hp: number
  readonly swing: number
  readonly species: number
}

interface Shape {
  readonly picture: string
  readonly leg: string | undefined
  /** Where the legs are, from the middle. */
  readonly legs: readonly number[]
  readonly legY: number
  readonly bodyY: number
  readonly shadow: number
  /** Where the label is, over the ground. */
  readonly height: number
  /** Strides per metre. */
  readonly cadence: number
}

const shapes: readonly Shape[] = [
  {
    ...{ picture: 'slime', leg: undefined, legs: [], legY: 0, bodyY: 0 },
    ...{ shadow: 0.85, height: 1.35, cadence: 1.5 },
  },
  {
    ...{ picture: 'boar', leg: 'leg-boar', legs: [-0.6, -0.3, 0.3, 0.6], legY: -0.35 },
    ...{ bodyY: -0.12, shadow: 1.15, height: 1.65, cadence: 2 },
  },
  {
    ...{ picture: 'wolf', leg: 'leg-wolf', legs: [-0.62, -0.38, 0.28, 0.5], legY: -0.4 },
    ...{ bodyY: -0.14, shadow: 1.15, height: 1.75, cadence: 1.8 },
  },
  {
    ...{ picture: 'troll', leg: 'leg-troll', legs: [-0.45, 0.45], legY: -0.35 },
    ...{ bodyY: -0.05, shadow: 1.5, height: 2.9, cadence: 1.1 },
  },
]

/** A monster as seen: a slime hops, the others walk on their legs. */
export class Beast {
  readonly root = new Container()
  readonly label: Label
  readonly #atlas: Atlas
  readonly #shadow: Sprite
  readonly #body = new Container()
  readonly #trunk = new Sprite()
  readonly #legs: readonly Sprite[]
  readonly #arms: readonly Sprite[]
  #shape: Shape = shapes[0] as Shape
  #lastX = 0
  #lastY = 0
  #pace = 0
  #stride = 0
  #swing = 0
  #sinceSwing = 9
  #hp = 0
  #flash = 0
  #squash = 0
  #side = 1
  #fade = 1

  constructor(atlas: Atlas) {
    this.#atlas = atlas
    this.label = new Label(atlas)
    this.#shadow = spriteOf(atlas, 'shadow')
    this.#legs = [0, 1, 2, 3].map(() => new Sprite())
    this.#arms = [spriteOf(atlas, 'arm-troll'), spriteOf(atlas, 'arm-troll')]
    this.#body.addChild(...this.#legs, this.#trunk, ...this.#arms)
    this.root.addChild(this.#shadow, this.#body)
  }

  appear(state: BeastState): void {
    const shape = shapes[state.species] ?? (shapes[0] as Shape)
    this.#shape = shape
    dress(this.#trunk, this.#atlas, shape.picture)
    this.#trunk.y = shape.bodyY
    this.#legs.forEach((leg, index) => {
      const x = shape.legs[index]
      leg.visible = x !== undefined && shape.leg !== undefined
      if (shape.leg !== undefined) dress(leg, this.#atlas, shape.leg)
      leg.position.set(x ?? 0, shape.legY)
      leg.tint = index % 2 === 0 ? 0xd8d8e0 : 0xffffff
    })
    for (const arm of this.#arms) arm.visible = shape.picture === 'troll'
    stretch(this.#shadow, shape.shadow, shape.shadow * 0.42)
    this.#lastX = state.x
    this.#lastY = state.y
    this.#swing = state.swing
    this.#hp = state.hp
    this.#sinceSwing = 9
    this.#flash = 0
    this.#squash = 0
    this.#pace = 0
    this.#stride = (state.x + state.y) % 6
    this.#side = Math.cos(state.facing) < 0 ? -1 : 1
    this.#fade = state.hp === 0 ? 0 : 1
    this.root.visible = true
    this.label.root.visible = true
    this.label.name('', 0xffffff)
  }

  get height(): number {
    return this.#shape.height
  }

  /** @returns health lost since the last frame */
  update(state: BeastState, seconds: number): number {
    const { x, y } = state
    const way = Math.hypot(x - this.#lastX, y - this.#lastY)
    const speed = way / Math.max(seconds, 0.001)
    this.#pace += (Math.min(1, speed / 2.4) - this.#pace) * Math.min(1, seconds * 10)
    this.#stride += way < 3 ? way * this.#shape.cadence * 2 + seconds : 0
    this.#lastX = x
    this.#lastY = y
    if (Math.abs(Math.cos(state.facing)) > 0.2) this.#side = Math.cos(state.facing) < 0 ? -1 : 1
    if (state.swing !== this.#swing) {
      this.#swing = state.swing
      this.#sinceSwing = 0
    }
    this.#sinceSwing += seconds
    const lost = this.#hp - state.hp
    this.#hp = state.hp
    if (lost > 0) {
      this.#flash = 1
      this.#squash = 1
    }
    this.#flash = Math.max(0, this.#flash - seconds * 5)
    this.#squash = Math.max(0, this.#squash - seconds * 4)
    if (state.hp === 0) this.#fade = Math.max(0, this.#fade - seconds * 5)
    this.root.position.set(x, y)
    this.root.zIndex = y
    this.#pose(state)
    return lost
  }

  #pose(state: BeastState): void {
    const wobble = Math.sin(this.#squash * 9) * this.#squash * 0.16
    const slime = this.#shape.legs.length === 0
    // A strike: it draws back, then lunges.
    const since = this.#sinceSwing
    const lunge = since < 0.3 ? -since * 0.9 : since < 0.55 ? (0.55 - since) * 3.2 : 0
    const hop = slime
      ? Math.abs(Math.sin(this.#stride * 1.6)) * 0.35 * this.#pace
      : Math.abs(Math.sin(this.#stride * 2)) * 0.07 * this.#pace
    const breath = Math.sin(this.#stride * 3) * 0.02
    const tall = 1 + wobble + breath + (slime ? hop * 0.4 - 0.06 * this.#pace : 0)
    this.#body.scale.set((this.#side * (2 - tall) * (1 + this.#fade)) / 2, tall * this.#fade)
    this.#body.alpha = this.#fade
    this.#body.position.set(Math.cos(state.facing) * lunge, -hop + Math.sin(state.facing) * lunge)
    this.#body.rotation = slime ? 0 : Math.sin(this.#stride * 2) * 0.03 * this.#pace
    const flash = Math.round(255 - this.#flash * 165)
    this.#body.tint = (255 << 16) | (flash << 8) | flash
    this.#shadow.alpha = this.#fade * (1 - hop * 0.6)
    this.#legs.forEach((leg, index) => {
      leg.rotation = Math.sin(this.#stride * 4 + index * Math.PI) * 0.55 * this.#pace
    })
    if (this.#shape.picture !== 'troll') return
    const raised = since < 0.35 ? since * 5 : since < 0.6 ? (0.6 - since) * 7 : 0
    this.#arms.forEach((arm, index) => {
      arm.position.set(index === 0 ? -0.95 : 0.95, -1.5)
      const sway = Math.sin(this.#stride * 2 + index * Math.PI) * 0.25 * this.#pace
      arm.rotation = (index === 0 ? 0.15 : -0.15) + sway - raised
    })
  }
}
