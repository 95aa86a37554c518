import { fill, h, iconButton, setText } from './kit/dom.ts'
import { prettyJson, preview, timeText } from './kit/format.ts'

const rowsMax = 100

/** The last events of something joined, newest first. */
export interface EventLog {
  readonly element: HTMLElement
  add(name: string, payload: unknown): void
  /** Whether there is anything that could come. */
  expect(any: boolean): void
}

export function eventLog(): EventLog {
  const rows = h('ol', { class: 'event-rows', 'aria-label': 'Events, newest first' })
  const count = h('span', { class: 'count' }, '0')
  const empty = h('p', { class: 'empty' }, 'Events show up here as they come.')
  let total = 0
  const clear = iconButton('trash', 'Clear events', () => {
    total = 0
    setText(count, '0')
    fill(rows)
    rows.before(empty)
  })
  const head = h('div', { class: 'card-head' }, h('h3', {}, 'Events'), count, clear)
  const element = h('section', { class: 'card events-card' }, head, empty, rows)
  return {
    element,
    expect(any) {
      element.hidden = !any
    },
    add(name, payload) {
      empty.remove()
      setText(count, String(++total))
      const line = h(
        'summary',
        {},
        h('time', {}, timeText(Date.now())),
        h('span', { class: 'event-name' }, name),
        h('span', { class: 'event-payload' }, preview(payload)),
      )
      const row = h('details', {}, line, h('pre', { class: 'answer' }, prettyJson(payload)))
      rows.prepend(h('li', { class: 'event-row' }, row))
      while (rows.children.length > rowsMax) rows.lastElementChild?.remove()
    },
  }
}
