import type { TypeDescriptor } from '../../schema/index.ts'
import { actionList } from './action-list.ts'
import { type App, blockOf } from './app.ts'
import { callActions } from './calls-panel.ts'
import { eventLog } from './event-log.ts'
import { fill, h, setText } from './kit/dom.ts'
import { every } from './kit/signal.ts'
import { commandActions, type Panel, watchJoint } from './panel.ts'
import type { AnyActor, AnyRoom, AnyState } from './realm.ts'
import { stateTree, type Tree } from './tree.ts'

const refreshPeriodMs = 80
/** Changes of a state are one line of the log for this long. */
const journalPeriodMs = 500

interface StatePlace {
  readonly kind: 'room' | 'actor'
  readonly name: string
  /** The room's id or the actor's key. */
  readonly id: string
  readonly joint: AnyRoom | AnyActor
  again(): Promise<void>
}

/** A room or a watched actor: its live state, its events, and what can be sent to it. */
export function statePanel(app: App, place: StatePlace): Panel {
  const { kind, name, id, joint } = place
  const events = eventLog()
  const isRoom = kind === 'room'
  const actions = actionList(
    isRoom ? 'This room takes no commands.' : 'No calls are open to players.',
  )
  const live = liveState(app, place)
  const watch = watchJoint({
    app,
    joint,
    kind,
    name,
    again: () => place.again(),
    onEvent: (event, payload) => events.add(event, payload),
    onBlock(block) {
      live.retype(block.state)
      events.expect(block.events.length > 0)
      actions.show(isRoom ? commandActions(block, watchLater()) : callActions(app, block, () => id))
    },
  })
  function watchLater() {
    // Actions run only after this function has returned.
    return { scope: `${kind} ${name}`, send: (...sent: [string, unknown]) => watch.send(...sent) }
  }
  const count = h('span', { class: 'count' })
  watch.bin.add(
    every(1000, () => {
      const block = blockOf(app.manifest.value, kind, name)
      setText(count, String((isRoom ? block?.commands : block?.calls)?.length ?? 0))
    }),
  )
  const head = h(
    'div',
    { class: 'section-head' },
    h('h3', {}, isRoom ? 'Commands' : 'Calls'),
    count,
  )
  const side = h('div', { class: 'panel-side' }, watch.notices, head, actions.element)
  return {
    key: `${kind}/${name}#${id}`,
    kind,
    title: name,
    detail: id,
    live: true,
    address: `${kind}/${name}/${id}`,
    element: h(
      'div',
      { class: 'panel is-split' },
      h('div', { class: 'panel-live' }, live.element, events.element),
      side,
    ),
    over: () => watch.over(),
    show: (front) => live.show(front),
    close() {
      live.stop()
      actions.stop()
      watch.bin.empty()
      joint.leave()
    },
  }
}

/** The card with the tree, kept up to date while it is seen. */
function liveState(app: App, { kind, name, joint }: StatePlace) {
  const box = h('div', { class: 'tree-box' })
  const count = h('span', { class: 'count', title: 'Updates received' }, '0')
  const head = h('div', { class: 'card-head' }, h('h3', {}, 'State'), count)
  let tree: Tree | undefined
  let type = ''
  let front = true
  let dirty = true
  let updates = 0
  let told = 0
  const changed = new Set<string>()
  let followed: AnyState | undefined
  let unfollow = (): void => {}

  /** After the game was replaced the state may be another object. */
  function follow(): void {
    if (joint.state === followed) return
    unfollow()
    followed = joint.state
    dirty = true
    if (typeof followed.onChange !== 'function') return
    unfollow = followed.onChange((fields) => {
      dirty = true
      updates++
      for (const field of fields) changed.add(field)
    })
  }
  function refresh(): void {
    follow()
    if (!dirty || !front) return
    dirty = false
    tree?.update(joint.state)
    setText(count, `${updates} ${updates === 1 ? 'update' : 'updates'}`)
  }
  function tell(): void {
    if (changed.size === 0) return
    const scope = `${kind} ${name}`
    app.journal.add('in', scope, `state ×${updates - told}`, [...changed].join(', '))
    told = updates
    changed.clear()
  }
  const offs = [every(refreshPeriodMs, refresh), every(journalPeriodMs, tell)]
  return {
    element: h('section', { class: 'card state-card' }, head, box),
    retype(next: TypeDescriptor | undefined) {
      const print = JSON.stringify(next)
      if (print === type) return
      type = print
      tree = next && stateTree(next, `State of ${name}`, app.realm.value?.player.id)
      const none = tree === undefined || (next?.kind === 'record' && next.fields.length === 0)
      fill(
        box,
        none ? h('p', { class: 'empty' }, 'It has no state that players see.') : tree?.element,
      )
      dirty = true
      refresh()
    },
    show(next: boolean) {
      front = next
      refresh()
    },
    stop() {
      unfollow()
      for (const off of offs) off()
    },
  }
}
