import type { WorldDescriptor } from '../../../protocol/index.ts'
import { h, iconButton, setText } from '../kit/dom.ts'
import type { AnyEntity, AnyWorld } from '../realm.ts'
import { Camera } from './camera.ts'
import { drawScene } from './draw.ts'
import { watchGestures } from './gestures.ts'
import { type Palette, readPalette } from './palette.ts'

/** How near a click must be to an entity, CSS pixels. */
const hitPixels = 18
const hudPeriodMs = 80

export interface WorldMap {
  readonly element: HTMLElement
  readonly hidden: Set<string>
  retype(world: WorldDescriptor): void
  /** Lets the user choose an entity; undefined where they chose not to. */
  pick(): Promise<number | undefined>
  select(id: number): void
  show(front: boolean): void
  stop(): void
}

export function worldMap(
  name: string,
  world: AnyWorld,
  first: WorldDescriptor,
  onSelect: (id: number) => void,
): WorldMap {
  const view = new MapView(name, world, first, onSelect)
  return {
    element: view.element,
    hidden: view.hidden,
    retype: (next) => {
      view.descriptor = next
    },
    pick: () => view.pick(),
    select: (id) => {
      view.selected = id
    },
    show: (front) => view.show(front),
    stop: () => view.show(false),
  }
}

/** The canvas with what lies on it. It draws only while it is seen. */
class MapView {
  readonly element: HTMLElement
  readonly hidden = new Set<string>()
  descriptor: WorldDescriptor
  selected = 0
  readonly #world: AnyWorld
  readonly #onSelect: (id: number) => void
  readonly #canvas: HTMLCanvasElement
  readonly #pen: CanvasRenderingContext2D
  readonly #camera = new Camera()
  readonly #place = h('span', { class: 'map-place' })
  readonly #follow: HTMLButtonElement
  #following = true
  #framed = false
  #frame = 0
  #hudAtMs = 0
  #hovered = 0
  #palette: Palette | undefined
  #pointer: { readonly x: number; readonly y: number } | undefined
  #picked: ((id: number | undefined) => void) | undefined

  constructor(
    name: string,
    world: AnyWorld,
    descriptor: WorldDescriptor,
    onSelect: (id: number) => void,
  ) {
    this.#world = world
    this.descriptor = descriptor
    this.#onSelect = onSelect
    const label = `Map of ${name}. Arrow keys move it, plus and minus zoom.`
    this.#canvas = h('canvas', {
      class: 'map-canvas',
      tabindex: 0,
      role: 'img',
      'aria-label': label,
    })
    this.#pen = this.#canvas.getContext('2d') as CanvasRenderingContext2D
    this.#follow = iconButton('target', 'Follow me', () => this.#setFollowing(!this.#following), {
      class: 'icon-button is-toggle',
      'aria-pressed': 'true',
    })
    const tools = h(
      'div',
      { class: 'map-tools', role: 'toolbar', 'aria-label': 'Map' },
      this.#follow,
      iconButton('fit', 'Show the whole world', () => this.#showAll()),
      iconButton('plus', 'Zoom in', () => this.#camera.zoom(1.4)),
      iconButton('minus', 'Zoom out', () => this.#camera.zoom(1 / 1.4)),
    )
    this.element = h('div', { class: 'map' }, this.#canvas, tools, this.#place)
    watchGestures(this.#canvas, this.#camera, {
      moved: () => this.#setFollowing(false),
      clicked: (x, y) => this.#click(x, y),
      hovered: (at) => {
        this.#pointer = at
      },
    })
    this.#canvas.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.#endPick(undefined)
    })
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#palette = undefined
    })
  }

  show(front: boolean): void {
    cancelAnimationFrame(this.#frame)
    if (front) this.#frame = requestAnimationFrame((now) => this.#draw(now))
    else this.#endPick(undefined)
  }

  pick(): Promise<number | undefined> {
    this.#endPick(undefined)
    this.element.classList.add('is-picking')
    this.#canvas.focus()
    return new Promise((resolve) => {
      this.#picked = resolve
    })
  }

  #endPick(id: number | undefined): void {
    this.element.classList.remove('is-picking')
    this.#picked?.(id)
    this.#picked = undefined
  }

  #setFollowing(following: boolean): void {
    this.#following = following
    this.#follow.setAttribute('aria-pressed', String(following))
  }

  #showAll(): void {
    const { width, height } = this.descriptor
    this.#setFollowing(false)
    this.#camera.fit(width / 2, height / 2, Math.max(width, height) * 1.05)
  }

  #click(x: number, y: number): void {
    const hit = this.#nearest(x, y)
    if (this.#picked) {
      this.#endPick(hit?.id)
      return
    }
    this.selected = hit?.id ?? 0
    this.#onSelect(this.selected)
  }

  #nearest(x: number, y: number): AnyEntity | undefined {
    let best: AnyEntity | undefined
    let bestPixels = hitPixels
    for (const entity of this.#world.view()) {
      if (this.hidden.has(entity.kind)) continue
      const [entityX, entityY] = this.#camera.toScreen(entity.x, entity.y)
      const pixels = Math.hypot(entityX - x, entityY - y)
      if (pixels < bestPixels) [best, bestPixels] = [entity, pixels]
    }
    return best
  }

  #draw(now: number): void {
    this.#frame = requestAnimationFrame((next) => this.#draw(next))
    this.#resize()
    const entities = this.#world.view(now)
    const me = entities.find(({ id }) => id === this.#world.me)
    if (me && this.#following) {
      if (!this.#framed) this.#camera.fit(me.x, me.y, this.descriptor.viewRadius * 2.25)
      this.#framed = true
      this.#camera.x = me.x
      this.#camera.y = me.y
    }
    this.#palette ??= readPalette(this.element)
    drawScene(this.#pen, {
      world: this.descriptor,
      camera: this.#camera,
      palette: this.#palette,
      entities,
      me: this.#world.me,
      selected: this.selected,
      hovered: this.#hovered,
      hidden: this.hidden,
      picking: this.#picked !== undefined,
    })
    if (now - this.#hudAtMs < hudPeriodMs) return
    this.#hudAtMs = now
    this.#hovered = this.#pointer ? (this.#nearest(this.#pointer.x, this.#pointer.y)?.id ?? 0) : 0
    this.#tellPlace(me)
  }

  #tellPlace(me: AnyEntity | undefined): void {
    const { x, y } = this.#pointer ?? { x: 0, y: 0 }
    const place = this.#pointer ? this.#camera.toWorld(x, y) : me && [me.x, me.y]
    const at = place ? `${place[0]?.toFixed(1)}, ${place[1]?.toFixed(1)}` : '–'
    setText(this.#place, `${at}  ·  ${this.#camera.scale.toFixed(1)} px/unit`)
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#canvas
    const ratio = devicePixelRatio
    const width = Math.round(clientWidth * ratio)
    const height = Math.round(clientHeight * ratio)
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width
      this.#canvas.height = height
      this.#camera.width = clientWidth
      this.#camera.height = clientHeight
    }
    this.#pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  }
}
