import type { Atlas } from '../art/atlas.ts'
import { drawPortrait } from '../art/portrait.ts'
import type { Feed, PlayerBeing } from '../net/feed.ts'
import { items, weapons, xpOfLevel } from '../shared/rules.ts'
import { part, show, write } from './page.ts'

const logLinesMax = 6
const toastsMax = 4
/** Things shown in the bag, by key. The first is drunk. */
const slots = ['potion', 'gem', 'pelt', 'herb'] as const

/** Everything around the picture: health, bag, gold, what was said. */
export class Hud {
  readonly #hp = part('hp')
  readonly #hpText = part('hp-text')
  readonly #xp = part('xp')
  readonly #level = part('level')
  readonly #gold = part('gold')
  readonly #purse = part('purse')
  readonly #fallen = part('fallen')
  readonly #net = part('net')
  readonly #log = part('log')
  readonly #toasts = part('toasts')
  readonly #hurt = part('hurt')
  readonly #counts = new Map<string, HTMLElement>()
  readonly #atlas: Atlas
  #weapon = -1
  #goldShown = -1

  constructor(atlas: Atlas, onDrink: () => void) {
    this.#atlas = atlas
    const bag = part('bag')
    for (const key of slots) bag.append(this.#slot(key, onDrink))
    bag.append(this.#slot('weapon', onDrink))
  }

  open(name: string, look: number): void {
    write(part('name'), name)
    const canvas = part<HTMLCanvasElement>('portrait')
    const pen = canvas.getContext('2d') as CanvasRenderingContext2D
    pen.clearRect(0, 0, canvas.width, canvas.height)
    pen.save()
    pen.translate(56, 168)
    drawPortrait(pen, this.#atlas, look, 92)
    pen.restore()
    show(part('hud'), true)
  }

  update(feed: Feed, me: PlayerBeing | undefined, fps: number): void {
    if (me !== undefined) {
      const { hp, hpMax } = me.fields
      scale(this.#hp, hp / Math.max(1, hpMax))
      write(this.#hpText, `${hp} / ${hpMax}`)
      show(this.#fallen, hp === 0)
    }
    const { hero } = feed
    if (hero !== undefined) {
      const from = xpOfLevel(hero.level)
      const part = (hero.xp - from) / (xpOfLevel(hero.level + 1) - from)
      scale(this.#xp, Math.max(0, Math.min(1, part)))
      write(this.#level, `Lv ${hero.level}`)
      this.#showGold(hero.gold)
      for (const key of slots) this.#count(key, hero.count(key))
      this.#showWeapon(hero.weapon)
    }
    write(this.#net, `${Math.round(feed.link.pingMs)} ms · ${Math.round(fps)} fps`)
  }

  toast(text: string, great = false): void {
    const line = document.createElement('p')
    line.textContent = text
    if (great) line.className = 'great'
    line.addEventListener('animationend', () => line.remove())
    this.#toasts.append(line)
    while (this.#toasts.childElementCount > toastsMax) this.#toasts.firstElementChild?.remove()
  }

  said(name: string, text: string): void {
    const line = document.createElement('li')
    const who = document.createElement('b')
    who.textContent = `${name} `
    line.append(who, text)
    line.addEventListener('animationend', () => line.remove())
    this.#log.append(line)
    while (this.#log.childElementCount > logLinesMax) this.#log.firstElementChild?.remove()
  }

  hurt(): void {
    this.#hurt.classList.remove('now')
    void this.#hurt.offsetWidth
    this.#hurt.classList.add('now')
  }

  #showGold(gold: number): void {
    if (gold === this.#goldShown) return
    const more = this.#goldShown >= 0 && gold > this.#goldShown
    this.#goldShown = gold
    write(this.#gold, gold.toLocaleString('en'))
    this.#purse.classList.remove('got')
    if (!more) return
    void this.#purse.offsetWidth
    this.#purse.classList.add('got')
  }

  #showWeapon(weapon: number): void {
    if (weapon === this.#weapon) return
    this.#weapon = weapon
    const slot = this.#counts.get('weapon')?.parentElement
    slot?.querySelector('canvas')?.replaceWith(this.#atlas.badge(`weapon${weapon}`, 96))
    slot?.setAttribute('aria-label', weapons[weapon]?.name ?? '')
    slot?.setAttribute('title', weapons[weapon]?.name ?? '')
  }

  #count(key: string, count: number): void {
    const number = this.#counts.get(key)
    if (number === undefined) return
    write(number, String(count))
    number.parentElement?.classList.toggle('none', count === 0)
  }

  #slot(key: string, onDrink: () => void): HTMLElement {
    const line = document.createElement('li')
    const drinkable = key === 'potion'
    const slot = document.createElement(drinkable ? 'button' : 'div')
    const name = items.find((item) => item.key === key)?.name ?? key
    slot.title = name
    slot.setAttribute('aria-label', drinkable ? 'Drink a healing potion' : name)
    const number = document.createElement('b')
    const picture = key === 'weapon' ? this.#atlas.badge('weapon0', 96) : this.#atlas.image(key, 96)
    slot.append(picture, number)
    if (drinkable) {
      const letter = document.createElement('kbd')
      letter.textContent = 'Q'
      slot.append(letter)
      slot.addEventListener('click', onDrink)
    } else {
      slot.setAttribute('role', 'img')
    }
    this.#counts.set(key, number)
    line.append(slot)
    return line
  }
}

function scale(bar: HTMLElement, part: number): void {
  const transform = `scaleX(${part.toFixed(3)})`
  if (bar.style.transform !== transform) bar.style.transform = transform
}
