import { directionOf } from '../shared/rules.ts'
import { part, show } from './page.ts'

const keys: Readonly<Record<string, readonly [number, number]>> = {
  ...{ ArrowLeft: [-1, 0], KeyA: [-1, 0], ArrowRight: [1, 0], KeyD: [1, 0] },
  ...{ ArrowUp: [0, -1], KeyW: [0, -1], ArrowDown: [0, 1], KeyS: [0, 1] },
}
/** A thumb must move this many pixels before it walks. */
const deadZone = 10
const stickRadius = 52

export interface ControlEvents {
  drink(): void
  say(text: string): void
}

/** What the player wants: keys, mouse and thumbs in one. */
export class Controls {
  /** Whether a strike is wanted now. */
  striking = false
  /** Where the mouse points, as an angle; undefined without a mouse: strike who is nearest. */
  aim: number | undefined
  readonly #held = new Set<string>()
  readonly #stick = part('stick')
  readonly #events: ControlEvents
  #thumb: { id: number; x: number; y: number; dx: number; dy: number } | undefined
  #spaceHeld = false
  #pointerHeld = false
  #buttonHeld = false
  #active = false

  constructor(canvas: HTMLCanvasElement, events: ControlEvents) {
    this.#events = events
    addEventListener('keydown', (event) => this.#keyDown(event))
    addEventListener('keyup', ({ code }) => this.#keyUp(code))
    addEventListener('blur', () => this.#letGo())
    document.addEventListener('visibilitychange', () => this.#letGo())
    canvas.addEventListener('pointerdown', (event) => this.#pointerDown(event))
    addEventListener('pointermove', (event) => this.#pointerMove(event))
    addEventListener('pointerup', (event) => this.#pointerUp(event))
    addEventListener('pointercancel', (event) => this.#pointerUp(event))
    canvas.addEventListener('contextmenu', (event) => event.preventDefault())
    this.#prepareTouch()
    this.#prepareChat()
  }

  /** Keys count only while somebody is in the world. */
  start(): void {
    this.#active = true
  }

  /** The direction to walk; undefined to stand still. */
  get direction(): number | undefined {
    let x = 0
    let y = 0
    for (const code of this.#held) {
      x += keys[code]?.[0] ?? 0
      y += keys[code]?.[1] ?? 0
    }
    const thumb = this.#thumb
    if (thumb !== undefined && Math.hypot(thumb.dx, thumb.dy) > deadZone) {
      x = thumb.dx
      y = thumb.dy
    }
    return x === 0 && y === 0 ? undefined : directionOf(Math.atan2(y, x))
  }

  #update(): void {
    this.striking = this.#spaceHeld || this.#pointerHeld || this.#buttonHeld
  }

  #letGo(): void {
    this.#held.clear()
    this.#spaceHeld = false
    this.#pointerHeld = false
    this.#buttonHeld = false
    this.#endThumb()
    this.#update()
  }

  #keyDown(event: KeyboardEvent): void {
    if (!this.#active || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof HTMLInputElement) return
    if (event.code in keys) this.#held.add(event.code)
    else if (event.code === 'Space') {
      this.#spaceHeld = true
      this.aim = undefined
    } else if (event.code === 'KeyQ' && !event.repeat) this.#events.drink()
    else if (event.code === 'Enter') this.#openChat()
    else return
    event.preventDefault()
    this.#update()
  }

  #keyUp(code: string): void {
    this.#held.delete(code)
    if (code === 'Space') this.#spaceHeld = false
    this.#update()
  }

  #pointerDown(event: PointerEvent): void {
    if (event.pointerType === 'mouse') {
      this.#pointAt(event)
      this.#pointerHeld = event.button === 0
      this.#update()
      return
    }
    document.documentElement.classList.add('touched')
    show(part('touch'), true)
    this.aim = undefined
    if (this.#thumb !== undefined) return
    this.#thumb = { id: event.pointerId, x: event.clientX, y: event.clientY, dx: 0, dy: 0 }
    this.#stick.style.left = `${event.clientX}px`
    this.#stick.style.top = `${event.clientY}px`
    show(this.#stick, true)
    this.#drawThumb()
  }

  #pointerMove(event: PointerEvent): void {
    if (event.pointerType === 'mouse') {
      if (this.#pointerHeld) this.#pointAt(event)
      return
    }
    const thumb = this.#thumb
    if (thumb?.id !== event.pointerId) return
    thumb.dx = event.clientX - thumb.x
    thumb.dy = event.clientY - thumb.y
    this.#drawThumb()
  }

  #pointerUp(event: PointerEvent): void {
    if (event.pointerType === 'mouse') {
      this.#pointerHeld = false
      this.#update()
    } else if (this.#thumb?.id === event.pointerId) this.#endThumb()
  }

  #pointAt({ clientX, clientY }: PointerEvent): void {
    this.aim = Math.atan2(clientY - innerHeight / 2, clientX - innerWidth / 2)
  }

  #endThumb(): void {
    this.#thumb = undefined
    show(this.#stick, false)
  }

  #drawThumb(): void {
    const { dx, dy } = this.#thumb ?? { dx: 0, dy: 0 }
    const far = Math.max(1, Math.hypot(dx, dy) / stickRadius)
    const knob = this.#stick.firstElementChild as HTMLElement
    knob.style.transform = `translate(${dx / far}px, ${dy / far}px)`
  }

  #prepareTouch(): void {
    if (matchMedia('(pointer: coarse)').matches) {
      document.documentElement.classList.add('touched')
      show(part('touch'), true)
    }
    const strike = part('strike-button')
    strike.addEventListener('pointerdown', (event) => {
      event.preventDefault()
      this.aim = undefined
      this.#buttonHeld = true
      this.#update()
    })
    for (const end of ['pointerup', 'pointercancel', 'pointerleave']) {
      strike.addEventListener(end, () => {
        this.#buttonHeld = false
        this.#update()
      })
    }
    part('chat-button').addEventListener('click', () => this.#openChat())
  }

  #openChat(): void {
    this.#letGo()
    show(part('say'), true)
    part('words').focus()
  }

  #prepareChat(): void {
    const form = part<HTMLFormElement>('say')
    const words = part<HTMLInputElement>('words')
    const close = () => {
      words.value = ''
      words.blur()
      show(form, false)
    }
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const text = words.value.trim()
      if (text !== '') this.#events.say(text)
      close()
    })
    words.addEventListener('keydown', ({ code }) => code === 'Escape' && close())
    words.addEventListener('blur', () => show(form, words.value !== ''))
  }
}
