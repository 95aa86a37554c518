import { Container, Sprite } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import { lookOf } from '../art/look.ts'
import { turnBetween } from '../shared/rules.ts'
import { Label } from './labels.ts'
import { dress, spriteOf, stretch } from './sprites.ts'

export interface PersonState {
  readonly x: number
  readonly y: number
  readonly facing: number
  readonly hp: number
  readonly hpMax: number
  readonly swing: number
  readonly weapon: number
  readonly level: number
  readonly look: number
  readonly name: string
}

const swingSeconds = 0.28

/**
 * A person as seen: parts that are tinted, turned and bobbed. Taken from a pool, so all state is
 * reset by `appear`.
 */
export class Person {
  readonly root = new Container()
  readonly label: Label
  /** Seconds since the last strike began. */
  sinceSwing = 9
  readonly #atlas: Atlas
  readonly #shadow: Sprite
  readonly #body = new Container()
  readonly #feet: readonly [Sprite, Sprite]
  readonly #tunic: Sprite
  readonly #head = new Container()
  readonly #skull: Sprite
  readonly #face: Sprite
  readonly #hair = new Sprite()
  readonly #nape: Sprite
  readonly #hat = new Sprite()
  readonly #arm = new Container()
  readonly #weapon = new Sprite()
  readonly #hand: Sprite
  readonly #other: Sprite
  #facing = 0
  #lastX = 0
  #lastY = 0
  #pace = 0
  #stride = 0
  #swing = 0
  #hp = 0
  #flash = 0
  #fallen = 0
  #weaponShown = -1
  #armBehind = false
  #aim: number | undefined

  constructor(atlas: Atlas) {
    this.#atlas = atlas
    this.label = new Label(atlas)
    this.#shadow = spriteOf(atlas, 'shadow')
    stretch(this.#shadow, 0.62, 0.3)
    this.#feet = [spriteOf(atlas, 'foot'), spriteOf(atlas, 'foot')]
    this.#tunic = spriteOf(atlas, 'tunic')
    this.#skull = spriteOf(atlas, 'head')
    this.#face = spriteOf(atlas, 'face')
    this.#nape = spriteOf(atlas, 'nape')
    this.#hand = spriteOf(atlas, 'hand')
    this.#other = spriteOf(atlas, 'hand')
    this.#head.addChild(this.#skull, this.#face, this.#hair, this.#nape, this.#hat)
    this.#arm.addChild(this.#weapon, this.#hand)
    const [left, right] = this.#feet
    this.#body.addChild(left, right, this.#other, this.#tunic, this.#head, this.#arm)
    this.root.addChild(this.#shadow, this.#body)
  }

  appear(state: PersonState, mine: boolean): void {
    const look = lookOf(state.look)
    this.#tunic.tint = look.tunic
    this.#skull.tint = look.skin
    this.#hand.tint = look.skin
    this.#other.tint = look.skin
    this.#hair.tint = look.hair
    this.#nape.tint = look.hair
    dress(this.#hair, this.#atlas, `hair${look.hairStyle}`)
    this.#hat.visible = look.hat > 0
    if (look.hat > 0) dress(this.#hat, this.#atlas, `hat${look.hat}`)
    this.#hat.tint = look.hat === 2 ? look.tunic : 0xffffff
    this.#facing = state.facing
    this.#lastX = state.x
    this.#lastY = state.y
    this.#swing = state.swing
    this.#hp = state.hp
    this.#fallen = state.hp === 0 ? 1 : 0
    this.#pace = 0
    this.#flash = 0
    this.sinceSwing = 9
    this.#aim = undefined
    this.root.visible = true
    this.label.root.visible = true
    this.rename(state, mine)
  }

  rename({ name, level }: PersonState, mine: boolean): void {
    this.label.name(level > 1 ? `${name}  ${level}` : name, mine ? 0xffe08a : 0xffffff)
  }

  /** @returns health lost since the last frame, negative where it was gained */
  update(state: PersonState, seconds: number): number {
    const { x, y } = state
    const speed = Math.hypot(x - this.#lastX, y - this.#lastY) / Math.max(seconds, 0.001)
    const walking = speed < 30 ? speed : 0
    this.#pace += (Math.min(1, walking / 4.5) - this.#pace) * Math.min(1, seconds * 14)
    this.#stride += seconds * (2 + this.#pace * 11)
    this.#lastX = x
    this.#lastY = y
    const facing = this.#aimed(state.facing)
    this.#facing += turnBetween(this.#facing, facing) * Math.min(1, seconds * 18)
    if (state.swing !== this.#swing) {
      this.#swing = state.swing
      this.sinceSwing = 0
      this.#aim = state.facing
    }
    this.sinceSwing += seconds
    const lost = this.#hp - state.hp
    this.#hp = state.hp
    if (lost > 0) this.#flash = 1
    this.#flash = Math.max(0, this.#flash - seconds * 5)
    this.root.position.set(x, y)
    this.root.zIndex = y
    this.#pose(state, seconds)
    return lost
  }

  /** Shows a strike ahead of the server's word, `swing`, which is then not shown again. */
  strikeNow(facing: number, swing: number): void {
    this.sinceSwing = 0
    this.#swing = swing
    this.#aim = facing
    this.#facing = facing
  }

  /** Who strikes looks where the strike goes, wherever the feet go meanwhile. */
  #aimed(facing: number): number {
    if (this.sinceSwing > swingSeconds) this.#aim = undefined
    return this.#aim ?? facing
  }

  #pose(state: PersonState, seconds: number): void {
    const pace = this.#pace
    const beat = Math.sin(this.#stride)
    const dead = state.hp === 0
    this.#fallen += ((dead ? 1 : 0) - this.#fallen) * Math.min(1, seconds * (dead ? 7 : 30))
    const [left, right] = this.#feet
    left.position.set(-0.17, 0.02 - Math.max(0, beat) * 0.17 * pace)
    right.position.set(0.17, 0.02 - Math.max(0, -beat) * 0.17 * pace)
    const bob = Math.abs(Math.cos(this.#stride)) * 0.1 * pace
    const breath = Math.sin(this.#stride * 0.9) * 0.012 * (1 - pace)
    this.#tunic.y = -0.08 - bob
    this.#head.y = -1.2 - bob * 1.15 - breath
    const side = Math.cos(this.#facing) < 0 ? -1 : 1
    this.#body.rotation = this.#fallen * 1.5 * side + beat * 0.035 * pace
    this.#body.alpha = 1 - this.#fallen * 0.45
    this.#body.y = this.#fallen * -0.1
    const flash = Math.round(255 - this.#flash * 150)
    this.#body.tint = (255 << 16) | (flash << 8) | flash
    this.#turnHead()
    this.#holdWeapon(state, bob)
  }

  #turnHead(): void {
    const lookX = Math.cos(this.#facing)
    const lookY = Math.sin(this.#facing)
    const away = lookY < -0.5
    this.#face.visible = !away
    this.#nape.visible = away
    this.#hair.visible = !away || this.#hair.height > 0.98
    this.#face.position.set(lookX * 0.16, 0.05 + lookY * 0.09)
    this.#hair.position.set(-lookX * 0.03, 0.02)
    this.#hat.position.set(-lookX * 0.03, -0.05)
  }

  #holdWeapon({ weapon }: PersonState, bob: number): void {
    if (weapon !== this.#weaponShown) {
      this.#weaponShown = weapon
      dress(this.#weapon, this.#atlas, `weapon${Math.min(4, weapon)}`)
    }
    const facing = this.#facing
    const part = this.sinceSwing / swingSeconds
    const swinging = part < 1
    const rightwards = Math.cos(facing) >= 0
    const sweep = swinging ? -1.5 + 3 * (1 - (1 - part) ** 3) : 0
    const reach = swinging ? 0.55 : 0.42
    const at = swinging ? facing + sweep * 0.6 : facing + (rightwards ? 0.7 : -0.7)
    const handX = Math.cos(at) * reach
    const handY = -0.48 - bob + Math.sin(at) * reach * 0.5
    this.#arm.position.set(handX, handY)
    const rest = rightwards ? -0.95 : Math.PI + 0.95
    this.#weapon.rotation = swinging ? facing + sweep : rest
    const behind = Math.sin(swinging ? facing : at) < -0.35
    if (behind !== this.#armBehind) {
      this.#armBehind = behind
      this.#body.setChildIndex(this.#arm, behind ? 0 : this.#body.children.length - 1)
    }
    this.#other.position.set(-Math.cos(at) * 0.4, -0.46 - bob - Math.sin(at) * 0.1)
  }
}
