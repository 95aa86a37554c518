import type { BlockDescriptor, WorldDescriptor } from '../../protocol/index.ts'
import type { TypeDescriptor } from '../../schema/index.ts'
import { actionList } from './action-list.ts'
import { type App, blockOf } from './app.ts'
import { eventLog } from './event-log.ts'
import { fill, h, setText } from './kit/dom.ts'
import { every } from './kit/signal.ts'
import { commandActions, type Panel, watchJoint } from './panel.ts'
import type { AnyWorld } from './realm.ts'
import { stateTree, type Tree } from './tree.ts'
import { labelOf } from './world/draw.ts'
import { type WorldMap, worldMap } from './world/map.ts'
import { kindColour } from './world/palette.ts'

const refreshPeriodMs = 100
const journalPeriodMs = 1000

/** A world one is in: its map, the entity that was clicked, commands, events. */
export function worldPanel(
  app: App,
  name: string,
  world: AnyWorld,
  again: () => Promise<void>,
): Panel {
  const first = blockOf(app.manifest.value, 'world', name)?.world as WorldDescriptor
  const inspector = entityInspector(world, first)
  const map = worldMap(name, world, first, (id) => inspector.select(id))
  const legend = kindLegend(world, map)
  const events = eventLog()
  const actions = actionList('This world takes no commands.')
  const scope = `world ${name}`
  const watch = watchJoint({
    app,
    joint: world,
    kind: 'world',
    name,
    again,
    onEvent: (event, payload) => events.add(event, payload),
    onBlock(block: BlockDescriptor) {
      events.expect(block.events.length > 0)
      if (block.world !== undefined) {
        map.retype(block.world)
        inspector.retype(block.world)
        legend.retype(block.world)
      }
      const send = (command: string, input: unknown): void => watch.send(command, input)
      actions.show(commandActions(block, { scope, send }, () => map.pick()))
    },
  })
  followJournal(app, scope, world, (off) => watch.bin.add(off))
  watch.bin.add(
    every(refreshPeriodMs, () => {
      inspector.refresh()
      legend.refresh()
    }),
  )
  const side = h(
    'div',
    { class: 'panel-side' },
    watch.notices,
    inspector.element,
    events.element,
    h('div', { class: 'section-head' }, h('h3', {}, 'Commands')),
    actions.element,
  )
  map.element.append(legend.element)
  return {
    key: `world/${name}#${world.line}`,
    kind: 'world',
    title: name,
    detail: world.line,
    live: true,
    address: `world/${name}/${world.line}`,
    element: h('div', { class: 'panel is-split is-world' }, map.element, side),
    over: () => watch.over(),
    show: (front) => map.show(front),
    close() {
      map.stop()
      actions.stop()
      watch.bin.empty()
      world.leave()
    },
  }
}

/** Entities that came and went are one line a second, or the log would hold nothing else. */
function followJournal(
  app: App,
  scope: string,
  world: AnyWorld,
  onClose: (off: () => void) => void,
) {
  const came: string[] = []
  const went: string[] = []
  onClose(world.onAdd(({ kind, id }) => void came.push(`${kind} ${id}`)))
  onClose(world.onRemove(({ kind, id }, reason) => void went.push(`${kind} ${id} ${reason}`)))
  onClose(
    every(journalPeriodMs, () => {
      if (came.length > 0) app.journal.add('in', scope, `seen +${came.length}`, came.splice(0))
      if (went.length > 0) app.journal.add('in', scope, `unseen −${went.length}`, went.splice(0))
    }),
  )
}

/** How many of each kind are in view; a click hides a kind. */
function kindLegend(world: AnyWorld, map: WorldMap) {
  const element = h('div', { class: 'legend', role: 'group', 'aria-label': 'Kinds in view' })
  let counts = new Map<string, HTMLElement>()
  return {
    element,
    retype(descriptor: WorldDescriptor) {
      counts = new Map()
      const items = descriptor.entities.map(({ name }, index) => {
        const count = h('span', { class: 'legend-count' }, '0')
        counts.set(name, count)
        const dot = h('span', { class: 'legend-dot' })
        dot.style.background = kindColour(index)
        const item = h(
          'button',
          { type: 'button', class: 'legend-item', 'aria-pressed': 'true' },
          dot,
          name,
          count,
        )
        item.addEventListener('click', () => {
          if (!map.hidden.delete(name)) map.hidden.add(name)
          item.setAttribute('aria-pressed', String(!map.hidden.has(name)))
        })
        return item
      })
      fill(element, ...items)
    },
    refresh() {
      const seen = new Map<string, number>()
      for (const { kind } of world.entities.values()) seen.set(kind, (seen.get(kind) ?? 0) + 1)
      for (const [kind, count] of counts) setText(count, String(seen.get(kind) ?? 0))
    },
  }
}

/** The fields of the entity that was clicked; of the player's own until then. */
function entityInspector(world: AnyWorld, first: WorldDescriptor) {
  const title = h('h3', {}, 'Entity')
  const note = h('span', { class: 'count' })
  const box = h('div', { class: 'tree-box' })
  const element = h(
    'section',
    { class: 'card' },
    h('div', { class: 'card-head' }, title, note),
    box,
  )
  let descriptor = first
  let selected = 0
  let shown = ''
  let tree: Tree | undefined

  function refresh(): void {
    const entity = world.entities.get(selected) ?? world.entities.get(world.me)
    if (entity === undefined) {
      setText(title, 'Entity')
      setText(note, '')
      if (shown !== '') fill(box, h('p', { class: 'empty' }, 'Nothing is in view yet.'))
      shown = ''
      return
    }
    const { id, kind, x, y, fields } = entity
    setText(title, labelOf(descriptor, entity))
    setText(note, id === world.me ? `${kind} ${id} · you` : `${kind} ${id}`)
    const key = `${kind} ${id}`
    if (key !== shown) {
      shown = key
      tree = stateTree(inspectedType(descriptor, kind), `Fields of ${key}`)
      fill(box, tree.element)
    }
    tree?.update({ x, y, ...fields })
  }
  return {
    element,
    refresh,
    select(id: number) {
      selected = id
      refresh()
    },
    retype(next: WorldDescriptor) {
      descriptor = next
      shown = ''
    },
  }
}

/** An entity's fields with its position in front. */
function inspectedType(world: WorldDescriptor, kind: string): TypeDescriptor {
  const own = world.entities.find(({ name }) => name === kind)?.fields
  const place = ['x', 'y'].map((name, index) => ({ name, index, type: { kind: 'f32' } as const }))
  const fields = own?.kind === 'record' ? own.fields : []
  return { kind: 'record', fields: [...place, ...fields] }
}
