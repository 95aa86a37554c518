import type { Feed } from './net/feed.ts'

/** What tests and curious people may read from the console as `window.frontier`. */
export interface Probe {
  readonly ready: boolean
  readonly status: string
  me(): object | undefined
  others(): object[]
  gold(): number
  hero(): object | undefined
  readonly fps: number
  readonly pingMs: number
  /** How far away the server feels. */
  link(): object | undefined
}

export interface ProbeSource {
  readonly feed: Feed | undefined
  readonly status: string
  readonly fps: number
}

export function exposeProbe(source: ProbeSource): void {
  const view = () => source.feed?.view(performance.now()) ?? []
  const probe: Probe = {
    get ready() {
      return probe.me() !== undefined
    },
    get status() {
      return source.status
    },
    get fps() {
      return source.fps
    },
    get pingMs() {
      return source.feed?.link.pingMs ?? 0
    },
    link() {
      const link = source.feed?.link
      if (link === undefined) return undefined
      const { pingMs, delayMs, pace, errorMetres, pending } = link
      return { pingMs, delayMs, pace, errorMetres, pending }
    },
    me() {
      const me = view().find(({ id }) => id === source.feed?.me)
      return me && { id: me.id, x: me.x, y: me.y, ...me.fields }
    },
    others: () =>
      view().flatMap(({ id, kind, x, y, fields }) => {
        if (id === source.feed?.me) return []
        return [{ id, kind, x, y, ...fields, name: 'name' in fields ? fields.name : '' }]
      }),
    gold: () => source.feed?.hero?.gold ?? 0,
    hero() {
      const hero = source.feed?.hero
      return hero && { gold: hero.gold, xp: hero.xp, level: hero.level, kills: hero.kills }
    },
  }
  Object.defineProperty(window, 'frontier', { value: Object.freeze(probe) })
}
