import type { RoomListing } from '../../client/index.ts'
import { type App, blockOf } from './app.ts'
import type { Editor } from './fields/editor.ts'
import { hasFields, inputEditor } from './fields/make.ts'
import { button, fill, h } from './kit/dom.ts'
import { errorCard } from './kit/errors.ts'
import { recall, remember } from './kit/memory.ts'
import { bin, every } from './kit/signal.ts'
import type { Opener } from './opener.ts'
import type { Panel } from './panel.ts'

const listPeriodMs = 1500

/** The door of a room or world: options, and which one to enter. */
export function lobbyPanel(app: App, kind: 'room' | 'world', name: string, opener: Opener): Panel {
  const offs = bin()
  const problem = h('div', {})
  const options = optionsForm(app, kind, name)
  offs.add(options.stop)

  const enter = (run: (given: unknown) => Promise<void>): void => {
    fill(problem)
    const given = options.take()
    if (given === undefined) return
    run(given).catch((thrown) => fill(problem, errorCard(thrown)))
  }
  const door =
    kind === 'room'
      ? roomDoor(app, name, opener, enter, (off) => offs.add(off))
      : worldDoor(
          name,
          blockOf(app.manifest.value, 'world', name)?.world?.lines ?? [],
          opener,
          enter,
        )
  const intro =
    kind === 'room'
      ? 'A room is a short-lived group with a state everyone in it shares.'
      : 'A world is a large space; you see what is near you.'
  return {
    key: `${kind}/${name}`,
    kind,
    title: name,
    detail: '',
    live: false,
    address: `${kind}/${name}`,
    element: h(
      'div',
      { class: 'panel is-single' },
      h('header', { class: 'page-head' }, h('h2', {}, name), h('p', {}, intro)),
      options.element,
      problem,
      ...door,
    ),
    close: () => offs.empty(),
  }
}

type Enter = (run: (given: unknown) => Promise<void>) => void

function worldDoor(
  name: string,
  furtherLines: readonly string[],
  opener: Opener,
  enter: Enter,
): HTMLElement[] {
  const lines = ['main', ...furtherLines]
  const line = h(
    'select',
    { id: `line-${name}`, disabled: lines.length === 1 },
    ...lines.map((value) => h('option', { value }, value)),
  )
  const join = button(
    'Join the world',
    () => enter((given) => opener.joinWorld(name, line.value, given)),
    { class: 'button is-primary' },
  )
  const label = h('label', { for: line.id, class: 'field-label' }, 'Line')
  const hint = h('span', { class: 'field-hint' }, 'each line is a copy of this world')
  const row = h('div', { class: 'field-body' }, line, join)
  return [h('section', { class: 'card pad' }, h('div', { class: 'field-head' }, label, hint), row)]
}

function roomDoor(
  app: App,
  name: string,
  opener: Opener,
  enter: Enter,
  onClose: (off: () => void) => void,
): HTMLElement[] {
  const rows = h('tbody', {})
  const table = h(
    'table',
    { class: 'room-table' },
    h('thead', {}, h('tr', {}, h('th', {}, 'Room'), h('th', {}, 'Players'), h('th', {}, ''))),
    rows,
  )
  const empty = h('p', { class: 'empty' }, 'No open rooms.')
  let print = ''
  const show = (open: readonly RoomListing[]): void => {
    const next = JSON.stringify(open)
    if (next === print) return
    print = next
    table.hidden = open.length === 0
    empty.hidden = open.length > 0
    fill(rows, ...open.map(({ id, players, maxPlayers }) => roomRow(id, players, maxPlayers)))
  }
  const roomRow = (id: string, players: number, maxPlayers: number): HTMLElement => {
    const join = button(
      'Join',
      () => enter((given) => opener.joinRoom(name, { mode: 'join', id }, given)),
      {
        class: 'button is-small',
      },
    )
    const count = h('td', { class: 'number' }, `${players}/${maxPlayers}`)
    return h('tr', {}, h('td', { class: 'mono' }, id), count, h('td', { class: 'end' }, join))
  }
  const refresh = (): void => {
    app.realm.value?.rooms[name]?.list().then(show, () => {})
  }
  refresh()
  show([])
  onClose(every(listPeriodMs, refresh))
  const both = button(
    'Join or create',
    () => enter((given) => opener.joinRoom(name, { mode: 'joinOrCreate' }, given)),
    { class: 'button is-primary' },
  )
  const create = button('Create a new room', () =>
    enter((given) => opener.joinRoom(name, { mode: 'create' }, given)),
  )
  const head = h('div', { class: 'card-head' }, h('h3', {}, 'Open rooms'))
  return [
    h('div', { class: 'button-row' }, both, create),
    h('section', { class: 'card' }, head, empty, table),
  ]
}

/** The join options, kept as the game is replaced. */
function optionsForm(app: App, kind: 'room' | 'world', name: string) {
  const element = h('section', { class: 'card pad', 'aria-label': 'Join options' })
  let editor: Editor | undefined
  let print = ''
  const memoryKey = `options:${kind} ${name}`
  const stop = app.manifest.watch((manifest) => {
    const type = blockOf(manifest, kind, name)?.options
    const next = JSON.stringify(type)
    if (next === print) return
    print = next
    editor = type !== undefined && hasFields(type) ? inputEditor(type, {}) : undefined
    element.hidden = editor === undefined
    if (editor === undefined) return
    editor.set(recall(memoryKey))
    fill(element, h('h3', {}, 'Join options'), editor.element)
  })
  return {
    element,
    stop,
    /** undefined where something is wrong, which is then shown. */
    take(): unknown {
      const wrong = element.querySelector<HTMLInputElement>('.fields :invalid:not(fieldset)')
      if (wrong !== null) {
        wrong.focus()
        wrong.classList.add('is-wrong')
        return undefined
      }
      const given = editor?.get() ?? {}
      remember(memoryKey, given)
      return given
    },
  }
}
