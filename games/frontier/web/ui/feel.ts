import type { NetworkConditions } from 'realmkit/client'
import type { Feed } from '../net/feed.ts'
import { describeNetwork } from '../net/network.ts'
import { part, show, write } from './page.ts'

/** The worst prediction error of this time is shown. */
const memoryMs = 1500
const switches = ['prediction', 'interpolation', 'compensation'] as const

/**
 * How far away the server is, and what hides it, each to be switched off. Opened by the line with
 * the ping or the key N; open from the start where a network is emulated.
 */
export class FeelPanel {
  readonly #panel = part('feel')
  readonly #opener = part('net')
  readonly #boxes = switches.map((name) => ({ name, box: part<HTMLInputElement>(`feel-${name}`) }))
  #worst = 0
  #worstAt = 0
  #started = false

  constructor(network: NetworkConditions | undefined) {
    write(part('feel-network'), describeNetwork(network))
    this.#toggle(
      network !== undefined && !matchMedia('(max-width: 620px), (max-height: 560px)').matches,
    )
    this.#opener.addEventListener('click', () => this.#toggle())
    addEventListener('keydown', (event) => {
      const typing = event.target instanceof HTMLInputElement && event.target.type === 'text'
      if (event.code === 'KeyN' && this.#started && !typing && !event.repeat) this.#toggle()
    })
    for (const link of document.querySelectorAll<HTMLAnchorElement>('#feel a')) {
      // Whoever has come by name goes on by that name.
      const query = new URLSearchParams(location.search)
      const lag = new URL(link.href).searchParams.get('lag')
      if (query.get('lag') === lag) link.setAttribute('aria-current', 'true')
      if (lag === null) query.delete('lag')
      else query.set('lag', lag)
      link.href = `?${query}`
    }
  }

  start(feed: Feed): void {
    this.#started = true
    for (const { name, box } of this.#boxes) {
      box.addEventListener('change', () => {
        feed.link.feel[name] = box.checked
        // Keys are for walking again.
        box.blur()
      })
    }
  }

  /** To be called every frame: errors last no longer than that. */
  watch({ link }: Feed, nowMs: number): void {
    if (link.errorMetres < this.#worst && nowMs - this.#worstAt < memoryMs) return
    this.#worst = link.errorMetres
    this.#worstAt = nowMs
  }

  draw({ link }: Feed): void {
    if (this.#panel.hidden) return
    write(part('feel-ping'), `${Math.round(link.pingMs)} ms`)
    write(part('feel-delay'), `${Math.round(link.delayMs)} ms`)
    write(part('feel-pace'), `× ${link.pace.toFixed(2)}`)
    write(part('feel-error'), `${Math.round(this.#worst * 100)} cm`)
    write(part('feel-pending'), String(link.pending))
    // A new place after a reconnection starts with everything on.
    for (const { name, box } of this.#boxes) {
      if (link.feel[name] !== box.checked) link.feel[name] = box.checked
    }
  }

  #toggle(open = this.#panel.hidden === true): void {
    show(this.#panel, open)
    this.#opener.setAttribute('aria-expanded', String(open))
  }
}
