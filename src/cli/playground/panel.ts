import type { RealmError } from '../../client/index.ts'
import type { BlockDescriptor, BlockKind } from '../../protocol/index.ts'
import type { App } from './app.ts'
import { blockOf } from './app.ts'
import { button, fill, h } from './kit/dom.ts'
import { errorCard } from './kit/errors.ts'
import { type Bin, bin } from './kit/signal.ts'
import type { Joint } from './realm.ts'

/** Something that is open as a tab. */
export interface Panel {
  /** Two panels of the same key are one. */
  readonly key: string
  readonly kind: BlockKind
  readonly title: string
  /** A quieter part of the title, such as the id of a room. */
  readonly detail: string
  /** Whether something is joined here, which closing leaves. */
  readonly live: boolean
  /** What comes after `#` in the address, so that a reload or another tab comes here again. */
  readonly address: string
  readonly element: HTMLElement
  /** Whether what was joined here has ended. */
  over?(): boolean
  /** Whether it is the one in front. */
  show?(front: boolean): void
  close(): void
}

/** What all joined things do alike: events, refusals and the end are told and logged. */
export interface JointWatch {
  /** Where refusals and the end are shown. */
  readonly notices: HTMLElement
  readonly bin: Bin
  readonly scope: string
  over(): boolean
  send(command: string, input: unknown): void
}

export interface JointOptions {
  readonly app: App
  readonly joint: Joint
  readonly kind: BlockKind
  readonly name: string
  /** Joins anew what has ended. */
  again(): Promise<void>
  onEvent(name: string, payload: unknown): void
  /** Called now and when the game was replaced. */
  onBlock(block: BlockDescriptor): void
}

export function watchJoint(options: JointOptions): JointWatch {
  const { app, joint, kind, name } = options
  const { journal } = app
  const scope = `${kind} ${name}`
  const notices = h('div', { class: 'notices' })
  const offs = bin()
  const known = new Set<string>()
  let over = false
  const listen = (block: BlockDescriptor): void => {
    for (const event of block.events) {
      if (known.has(event.name)) continue
      known.add(event.name)
      const off = joint.on(event.name, (payload) => {
        journal.add('in', scope, event.name, payload)
        options.onEvent(event.name, payload)
      })
      offs.add(off)
    }
  }
  offs.add(
    app.manifest.watch((manifest) => {
      const block = blockOf(manifest, kind, name)
      if (block === undefined) return
      listen(block)
      options.onBlock(block)
    }),
  )
  const refused = (error: RealmError): void => {
    journal.add('error', scope, error.code, error.message)
    fill(
      notices,
      errorCard(error, () => fill(notices)),
    )
  }
  offs.add(joint.onError(refused))
  offs.add(
    joint.onLeft((code) => {
      over = true
      journal.add('error', scope, 'left', code)
      fill(
        notices,
        overCard(code, () => void options.again().catch((thrown) => app.trouble.set(thrown))),
      )
    }),
  )
  return {
    notices,
    bin: offs,
    scope,
    over: () => over,
    send(command, input) {
      joint.send[command]?.(input)
      journal.add('out', scope, command, input)
    },
  }
}

function overCard(code: string, again: () => void): HTMLElement {
  const said = 'This is over; what you see is the last that was known.'
  return h(
    'div',
    { class: 'over-card', role: 'alert' },
    h('code', {}, code),
    h('p', {}, said),
    button('Join again', again, { class: 'button is-small' }),
  )
}

/** The commands of a joined thing as actions. */
export function commandActions(
  block: BlockDescriptor,
  watch: Pick<JointWatch, 'scope' | 'send'>,
  pickEntity?: () => Promise<number | undefined>,
) {
  return block.commands.map(({ name, input, reliable }) => ({
    name,
    input,
    ...(reliable ? {} : { note: 'unreliable' }),
    memoryKey: `input:${watch.scope}/${name}`,
    context: { pickEntity },
    answers: false,
    run: (value: unknown) => watch.send(name, value),
  }))
}
