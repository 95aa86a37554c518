import { RealmError } from '../../client/index.ts'
import type { BlockDescriptor } from '../../protocol/index.ts'
import type { Action } from './action-card.ts'
import { actionList } from './action-list.ts'
import { type App, blockOf } from './app.ts'
import { button, fill, h } from './kit/dom.ts'
import { errorCard } from './kit/errors.ts'
import { bin } from './kit/signal.ts'
import type { Opener } from './opener.ts'
import type { Panel } from './panel.ts'
import type { AnyCalls } from './realm.ts'

/** The calls of a service, or of the actor whose key is asked for at each call. */
export function callActions(app: App, block: BlockDescriptor, keyOf: () => string): Action[] {
  const { kind, name } = block
  const scope = `${kind} ${name}`
  return block.calls.map((call) => ({
    name: call.name,
    input: call.input,
    memoryKey: `input:${scope}/${call.name}`,
    context: {},
    answers: true,
    async run(input: unknown) {
      const realm = app.realm.value
      if (realm === undefined) throw new RealmError('REALM_CLOSED')
      const calls: AnyCalls | undefined =
        kind === 'service' ? realm.services[name] : realm.actors[name]?.at(keyOf()).call
      app.journal.add('out', scope, call.name, input)
      try {
        const answer = await calls?.[call.name]?.(input)
        app.journal.add('in', scope, `${call.name} ↩`, answer)
        return answer
      } catch (thrown) {
        app.journal.add('error', scope, call.name, String(thrown))
        throw thrown
      }
    },
  }))
}

/** A service or an actor: a form for each of its calls. */
export function callsPanel(
  app: App,
  kind: 'service' | 'actor',
  name: string,
  opener: Opener,
): Panel {
  const offs = bin()
  const actions = actionList('Nothing here is open to players.')
  const target = kind === 'actor' ? actorTarget(app, name, opener) : undefined
  offs.add(
    app.manifest.watch((manifest) => {
      const block = blockOf(manifest, kind, name)
      target?.retype(block)
      actions.show(block === undefined ? [] : callActions(app, block, () => target?.key() ?? ''))
    }),
  )
  const intro =
    kind === 'service'
      ? 'A service answers calls and keeps no state.'
      : 'An actor is durable: one for each key.'
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
      target?.element,
      h('div', { class: 'section-head' }, h('h3', {}, 'Calls')),
      actions.element,
    ),
    close() {
      actions.stop()
      offs.empty()
    },
  }
}

/** Which actor is meant, and a way to watch it. */
function actorTarget(app: App, name: string, opener: Opener) {
  const own = app.realm.value?.player.id ?? ''
  const problem = h('div', {})
  const input = h('input', {
    id: `key-${name}`,
    type: 'text',
    value: own,
    maxlength: 64,
    pattern: '[0-9a-zA-Z_\\-]{0,64}',
    autocomplete: 'off',
    spellcheck: 'false',
    class: 'mono',
  })
  const key = (): string => input.value.trim() || (app.realm.value?.player.id ?? '')
  const watch = button('Watch its state', () => {
    fill(problem)
    opener.watchActor(name, key()).catch((thrown) => fill(problem, errorCard(thrown)))
  })
  const mine = button('Mine', () => {
    input.value = app.realm.value?.player.id ?? ''
  })
  const label = h('label', { for: input.id, class: 'field-label' }, 'Key')
  const hint = h('span', { class: 'field-hint' }, 'your own actor has your player id as its key')
  const row = h('div', { class: 'field-body' }, input, mine, watch)
  return {
    key,
    element: h(
      'section',
      { class: 'card pad' },
      h('div', { class: 'field-head' }, label, hint),
      row,
      problem,
    ),
    retype(block: BlockDescriptor | undefined) {
      watch.disabled = block?.state === undefined
      watch.title = watch.disabled ? 'Players may not watch this actor.' : ''
    },
  }
}
