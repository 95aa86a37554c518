import type { RoomListing } from '../../client/index.ts'
import type { BlockDescriptor, BlockKind } from '../../protocol/index.ts'
import type { App } from './app.ts'
import type { Desk } from './desk.ts'
import { fill, h, icon, iconButton, setText } from './kit/dom.ts'
import { every } from './kit/signal.ts'

const listPeriodMs = 2000
/** Open rooms shown below their definition; the door of the room has the whole list. */
const roomsShownMax = 6
/** From here on a list is searched rather than read. */
const filterFrom = 8

const groups: readonly (readonly [BlockKind, string])[] = [
  ['room', 'Rooms'],
  ['world', 'Worlds'],
  ['actor', 'Actors'],
  ['service', 'Services'],
]

/** Everything the game has, by kind. */
export function sidebar(app: App, desk: Desk): HTMLElement {
  const list = h('nav', { class: 'blocks', 'aria-label': 'Parts of the game' })
  const filter = h('input', {
    type: 'search',
    class: 'filter',
    placeholder: 'Filter…',
    'aria-label': 'Filter parts of the game',
  })
  let entries: BlockEntry[] = []
  const apply = (): void => {
    const wanted = filter.value.trim().toLowerCase()
    for (const { element, name } of entries) element.hidden = !name.toLowerCase().includes(wanted)
    for (const section of list.children) {
      const shown = section.querySelector('.block:not([hidden])')
      ;(section as HTMLElement).hidden = shown === null
    }
  }
  filter.addEventListener('input', apply)
  const mark = (): void => {
    const front = desk.front.value
    for (const { row, kind, name } of entries) {
      const current = front?.kind === kind && front.title === name
      row.classList.toggle('is-current', current)
      if (current) row.setAttribute('aria-current', 'true')
      else row.removeAttribute('aria-current')
    }
  }
  app.manifest.watch((manifest) => {
    const blocks = manifest?.blocks ?? []
    filter.hidden = blocks.length < filterFrom
    entries = blocks.map((block) => blockEntry(app, desk, block))
    const sections = groups.map(([kind, title]) => {
      const own = entries.filter((entry) => entry.kind === kind)
      if (own.length === 0) return false
      const head = h('h2', { class: 'blocks-title' }, title)
      return h('section', {}, head, ...own.map(({ element }) => element))
    })
    fill(list, ...sections)
    apply()
    mark()
  })
  desk.front.watch(mark)
  every(listPeriodMs, () => {
    for (const { refresh } of entries) refresh()
  })
  app.realm.watch(() => {
    for (const { refresh } of entries) refresh()
  })
  return h('div', { class: 'sidebar-list' }, filter, list)
}

interface BlockEntry {
  readonly element: HTMLElement
  readonly row: HTMLElement
  readonly kind: BlockKind
  readonly name: string
  /** Asks for the open rooms again. */
  refresh(): void
}

function blockEntry(app: App, desk: Desk, { kind, name }: BlockDescriptor): BlockEntry {
  const count = h('span', { class: 'block-count' })
  const row = h(
    'button',
    { type: 'button', class: 'block-row', click: () => desk.openBlock(kind, name) },
    icon(kind),
    h('span', { class: 'block-name' }, name),
    count,
  )
  const join = (): void => {
    const options = desk.optionsOf(kind, name)
    const joined =
      kind === 'world'
        ? desk.joinWorld(name, '', options)
        : desk.joinRoom(name, { mode: 'joinOrCreate' }, options)
    joined.catch((thrown) => app.trouble.set(thrown))
  }
  const joins = kind === 'room' || kind === 'world'
  const quick =
    joins &&
    h('button', { type: 'button', class: 'quick-join', title: `Join ${name}`, click: join }, 'Join')
  const rooms = h('ul', { class: 'open-rooms', 'aria-label': `Open rooms of ${name}` })
  const show = (open: readonly RoomListing[]): void => {
    setText(count, open.length > 0 ? String(open.length) : '')
    fill(
      rooms,
      ...open.slice(0, roomsShownMax).map((room) => h('li', {}, openRoom(app, desk, name, room))),
    )
  }
  let print = ''
  return {
    element: h('div', { class: 'block' }, h('div', { class: 'block-line' }, row, quick), rooms),
    row,
    kind,
    name,
    refresh() {
      if (kind !== 'room') return
      app.realm.value?.rooms[name]?.list().then(
        (open) => {
          const next = JSON.stringify(open)
          if (next !== print) show(open)
          print = next
        },
        () => {},
      )
    },
  }
}

function openRoom(app: App, desk: Desk, name: string, { id, players, maxPlayers }: RoomListing) {
  const join = (): void => {
    const entered = desk.joinRoom(name, { mode: 'join', id }, desk.optionsOf('room', name))
    entered.catch((thrown) => app.trouble.set(thrown))
  }
  return h(
    'button',
    { type: 'button', class: 'open-room', title: `Join room ${id}`, click: join },
    h('span', { class: 'mono' }, id),
    h('span', { class: 'open-room-count' }, `${players}/${maxPlayers}`),
  )
}

/** The tabs of what is open. */
export function tabStrip(desk: Desk): HTMLElement {
  const strip = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Open' })
  const show = (): void => {
    const tabs = desk.panels.value.map((panel) => {
      const current = desk.front.value === panel
      const tab = h(
        'button',
        {
          type: 'button',
          role: 'tab',
          class: 'tab',
          'aria-selected': current ? 'true' : 'false',
          click: () => desk.bring(panel),
        },
        icon(panel.kind),
        h('span', { class: 'tab-title' }, panel.title),
        panel.detail !== '' && h('span', { class: 'tab-detail' }, panel.detail),
      )
      const label = panel.live ? `Leave ${panel.title}` : `Close ${panel.title}`
      const close = iconButton('close', label, () => desk.close(panel))
      return h(
        'div',
        { class: current ? 'tab-box is-current' : 'tab-box', role: 'presentation' },
        tab,
        close,
      )
    })
    fill(strip, ...tabs)
    strip.querySelector('.is-current')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  desk.panels.watch(show)
  desk.front.watch(show)
  return strip
}
