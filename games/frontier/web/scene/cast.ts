import type { Container } from 'pixi.js'
import type { Atlas } from '../art/atlas.ts'
import type { Being, Feed, LootBeing, MonsterBeing, PlayerBeing } from '../net/feed.ts'
import { species, weapons } from '../shared/rules.ts'
import { Beast } from './beast.ts'
import { bursts } from './bursts.ts'
import type { Camera } from './camera.ts'
import { Drop } from './drop.ts'
import type { Effects } from './effects.ts'
import { Person, type PersonState } from './person.ts'

const green = 0x7fe07a
const yellow = 0xffd25e
const red = 0xff6a5a

interface Shown<V> {
  readonly view: V
  x: number
  y: number
  hp: number
  level: number
  seenAt: number
}

/** Writable, so that one object serves everybody, every frame. */
type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** Everyone in view: takes views from pools, moves them, and shows what has happened to them. */
export class Cast {
  readonly #people = new Map<number, Shown<Person>>()
  readonly #beasts = new Map<number, Shown<Beast>>()
  readonly #drops = new Map<number, Shown<Drop>>()
  readonly #freePeople: Person[] = []
  readonly #freeBeasts: Beast[] = []
  readonly #freeDrops: Drop[] = []
  readonly #state: Draft<PersonState> & { species: number } = {
    ...{ x: 0, y: 0, facing: 0, hp: 0, hpMax: 1, swing: 0, weapon: 0, level: 1, look: 0 },
    ...{ name: '', species: 0 },
  }
  #frame = 0
  #sinceStart = 0

  /** Called when the own player is wounded. */
  onHurt: (lost: number) => void = () => {}

  readonly #atlas: Atlas
  readonly #scene: Container
  readonly #labels: Container
  readonly #camera: Camera
  readonly #effects: Effects

  constructor(parts: {
    readonly atlas: Atlas
    readonly scene: Container
    readonly labels: Container
    readonly camera: Camera
    readonly effects: Effects
  }) {
    this.#atlas = parts.atlas
    this.#scene = parts.scene
    this.#labels = parts.labels
    this.#camera = parts.camera
    this.#effects = parts.effects
  }

  update(beings: readonly Being[], me: number, seconds: number): void {
    this.#frame += 1
    this.#sinceStart += seconds
    for (const being of beings) {
      if (being.kind === 'Player') this.#showPerson(being, being.id === me, seconds)
      else if (being.kind === 'Monster') this.#showBeast(being, seconds)
      else this.#showDrop(being, seconds)
    }
    this.#retire(this.#people, this.#freePeople, ({ x, y }) => {
      this.#effects.burst(x, y, 0.6, bursts.arrival)
    })
    this.#retire(this.#beasts, this.#freeBeasts, ({ hp, x, y }) => {
      if (hp === 0) this.#effects.burst(x, y, 0.3, bursts.poof)
    })
    this.#retire(this.#drops, this.#freeDrops, ({ x, y }) => {
      this.#effects.burst(x, y, 0.4, bursts.pickUp)
    })
  }

  /** Shows the own strike at once; the server's word follows. */
  strike(feed: Feed, facing: number): void {
    const mine = this.#people.get(feed.me)
    const being = feed.get(feed.me)
    if (mine === undefined || being?.kind !== 'Player') return
    mine.view.strikeNow(facing, (being.fields.swing + 1) % 256)
    const { reach } = weapons[being.fields.weapon] ?? { reach: 2 }
    this.#effects.slash(mine.x, mine.y, facing, reach)
  }

  headOf(who: number): { readonly x: number; readonly y: number } | undefined {
    const shown = this.#people.get(who)
    return shown === undefined ? undefined : { x: shown.x, y: shown.y - 2.15 }
  }

  #showPerson({ id, x, y, fields }: PlayerBeing, mine: boolean, seconds: number): void {
    const state = this.#state
    Object.assign(state, fields)
    state.x = x
    state.y = y
    let shown = this.#people.get(id)
    if (shown === undefined) {
      const view = this.#freePeople.pop() ?? this.#newPerson()
      view.appear(state, mine)
      shown = { view, x, y, hp: state.hp, level: state.level, seenAt: 0 }
      this.#people.set(id, shown)
      this.#labels.addChild(view.label.root)
    }
    const { view } = shown
    if (Math.hypot(shown.x - x, shown.y - y) > 6) this.#effects.burst(x, y, 0.7, bursts.arrival)
    shown.seenAt = this.#frame
    shown.x = x
    shown.y = y
    const swung = view.sinceSwing
    const lost = view.update(state, seconds)
    if (view.sinceSwing < swung && !mine) {
      this.#effects.slash(x, y, state.facing, weapons[state.weapon]?.reach ?? 2)
    }
    if (lost > 0) this.#wounded(shown, state, lost, mine)
    if (state.level !== shown.level) {
      shown.level = state.level
      view.rename(state, mine)
      if (this.#sinceStart > 3) this.#effects.burst(x, y, 0.6, bursts.level)
    }
    shown.hp = state.hp
    const part = state.hp / Math.max(1, state.hpMax)
    view.label.health(part, part > 0.5 ? green : part > 0.25 ? yellow : red, mine)
    view.label.at(this.#camera.screenX(x), this.#camera.screenY(y - 1.95))
  }

  #wounded(shown: Shown<Person>, state: PersonState, lost: number, mine: boolean): void {
    const { x, y } = shown
    this.#effects.burst(x, y, 0.8, bursts.blood)
    if (mine) this.#effects.number(x, y - 1.7, `-${lost}`, red, 1)
    if (state.hp === 0) this.#effects.burst(x, y, 0.5, bursts.poof)
    if (mine) this.onHurt(lost)
  }

  #showBeast({ id, x, y, fields }: MonsterBeing, seconds: number): void {
    const state = this.#state
    Object.assign(state, fields)
    state.x = x
    state.y = y
    let shown = this.#beasts.get(id)
    if (shown === undefined) {
      const view = this.#freeBeasts.pop() ?? this.#newBeast()
      view.appear(state)
      shown = { view, x, y, hp: state.hp, level: 0, seenAt: 0 }
      this.#beasts.set(id, shown)
      this.#labels.addChild(view.label.root)
    }
    const { view } = shown
    shown.seenAt = this.#frame
    shown.x = x
    shown.y = y
    const lost = view.update(state, seconds)
    if (lost > 0 && lost <= shown.hp) {
      const slime = state.species === 0
      const strong = lost > 30
      this.#effects.burst(x, y, 0.6, slime ? bursts.goo : bursts.blood)
      this.#effects.burst(x, y, 0.7, bursts.hit)
      const tint = strong ? yellow : 0xffffff
      this.#effects.number(x, y - view.height + 0.2, String(lost), tint, strong ? 1.15 : 0.85)
    }
    shown.hp = state.hp
    view.label.health(state.hp / (species[state.species]?.hp ?? 1), red, false)
    view.label.at(this.#camera.screenX(x), this.#camera.screenY(y - view.height))
  }

  #showDrop({ id, x, y, fields }: LootBeing, seconds: number): void {
    let shown = this.#drops.get(id)
    if (shown === undefined) {
      const view = this.#freeDrops.pop() ?? this.#newDrop()
      const inView = this.#camera.sees(x, y, -1) && this.#sinceStart > 2
      view.appear(x, y, fields.item, fields.amount, inView)
      shown = { view, x, y, hp: 0, level: 0, seenAt: 0 }
      this.#drops.set(id, shown)
    }
    shown.seenAt = this.#frame
    shown.view.update(seconds)
  }

  #newPerson(): Person {
    const person = new Person(this.#atlas)
    this.#scene.addChild(person.root)
    return person
  }

  #newBeast(): Beast {
    const beast = new Beast(this.#atlas)
    this.#scene.addChild(beast.root)
    return beast
  }

  #newDrop(): Drop {
    const drop = new Drop(this.#atlas)
    this.#scene.addChild(drop.root)
    return drop
  }

  #retire<V extends Person | Beast | Drop>(
    all: Map<number, Shown<V>>,
    free: V[],
    farewell: (shown: Shown<V>) => void,
  ): void {
    for (const [id, shown] of all) {
      if (shown.seenAt === this.#frame) continue
      all.delete(id)
      free.push(shown.view)
      shown.view.root.visible = false
      if ('label' in shown.view) shown.view.label.root.visible = false
      // Who merely walked out of view leaves no mark.
      if (this.#camera.sees(shown.x, shown.y, -0.5)) farewell(shown)
    }
  }
}
