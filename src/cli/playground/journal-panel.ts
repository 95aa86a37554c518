import { type Direction, type Journal, type JournalRow, journalRowsMax } from './journal.ts'
import { fill, h, iconButton, setText } from './kit/dom.ts'
import { prettyJson, preview, timeText } from './kit/format.ts'

const marks: Readonly<Record<Direction, string>> = { in: '←', out: '→', note: '·', error: '!' }
const names: Readonly<Record<Direction, string>> = {
  in: 'received',
  out: 'sent',
  note: 'note',
  error: 'error',
}

/** The log of everything sent and received, with a filter. */
export function journalPanel(journal: Journal): HTMLElement {
  const rows = h('ol', { class: 'journal-rows', tabindex: 0, 'aria-label': 'Log' })
  const count = h('span', { class: 'count' }, '0')
  const filter = h('input', {
    type: 'search',
    class: 'filter',
    placeholder: 'Filter log…',
    'aria-label': 'Filter log',
  })
  const shown = new Map<number, HTMLElement>()
  const wantedDirections = new Set<Direction>(['in', 'out', 'note', 'error'])
  let paused = false
  let scheduled = false

  function fits({ direction, scope, name, value }: JournalRow): boolean {
    if (!wantedDirections.has(direction)) return false
    const wanted = filter.value.trim().toLowerCase()
    return wanted === '' || `${scope} ${name} ${preview(value)}`.toLowerCase().includes(wanted)
  }
  function refresh(): void {
    scheduled = false
    setText(count, `${journal.rows.length}/${journalRowsMax}`)
    if (paused) return
    const atEnd = rows.scrollHeight - rows.scrollTop - rows.clientHeight < 24
    const first = journal.rows[0]?.number ?? Number.POSITIVE_INFINITY
    for (const [number, element] of shown) {
      if (number >= first) break
      element.remove()
      shown.delete(number)
    }
    const last = [...shown.keys()].at(-1) ?? 0
    for (const row of journal.rows) {
      if (row.number <= last || !fits(row)) continue
      const element = rowElement(row)
      shown.set(row.number, element)
      rows.append(element)
    }
    if (atEnd) rows.scrollTop = rows.scrollHeight
  }
  function again(): void {
    shown.clear()
    fill(rows)
    refresh()
  }
  journal.onChange(() => {
    if (scheduled) return
    scheduled = true
    setTimeout(refresh, 60)
  })
  filter.addEventListener('input', again)
  const toggles = (['in', 'out'] as const).map((direction) => {
    return directionChip(direction, (on) => {
      if (on) wantedDirections.add(direction)
      else wantedDirections.delete(direction)
      again()
    })
  })
  const pause = iconButton('pause', 'Pause the log', () => {
    paused = !paused
    pause.setAttribute('aria-pressed', String(paused))
    refresh()
  })
  const clear = iconButton('trash', 'Clear the log', () => {
    journal.clear()
    again()
  })
  const head = h(
    'header',
    { class: 'journal-head' },
    h('h2', {}, 'Log'),
    count,
    filter,
    ...toggles,
    pause,
    clear,
  )
  refresh()
  return h('section', { class: 'journal', 'aria-label': 'Log of messages' }, head, rows)
}

/** A button that lets rows of one direction through, or not. */
function directionChip(direction: Direction, onToggle: (on: boolean) => void): HTMLElement {
  const label = `${marks[direction]} ${names[direction]}`
  const chip = h('button', { type: 'button', class: 'chip', 'aria-pressed': 'true' }, label)
  chip.addEventListener('click', () => {
    const on = chip.getAttribute('aria-pressed') !== 'true'
    chip.setAttribute('aria-pressed', String(on))
    onToggle(on)
  })
  return chip
}

function rowElement({ wallMs, direction, scope, name, value }: JournalRow): HTMLElement {
  const text = value === undefined ? '' : preview(value)
  const line = [
    h('time', {}, timeText(wallMs)),
    h('span', { class: `mark is-${direction}`, title: names[direction] }, marks[direction]),
    h('span', { class: 'journal-scope' }, scope),
    h('span', { class: 'journal-name' }, name),
    h('span', { class: 'journal-value' }, text),
  ]
  if (text.length < 40)
    return h('li', { class: 'journal-row' }, h('div', { class: 'journal-line' }, ...line))
  const details = h('details', {}, h('summary', { class: 'journal-line' }, ...line))
  details.addEventListener(
    'toggle',
    () => details.append(h('pre', { class: 'answer' }, prettyJson(value))),
    { once: true },
  )
  return h('li', { class: 'journal-row' }, details)
}
