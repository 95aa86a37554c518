import type { TypeDescriptor } from '../../schema/index.ts'
import type { Editor, EditorContext } from './fields/editor.ts'
import { hasFields, inputEditor } from './fields/make.ts'
import { fill, h, icon, setText } from './kit/dom.ts'
import { errorCard } from './kit/errors.ts'
import { prettyJson, preview, signatureText } from './kit/format.ts'
import { recall, remember } from './kit/memory.ts'

const repeatMsMin = 20
const repeatMsDefault = 250

/** Something that can be sent: a command or a call. */
export interface Action {
  readonly name: string
  readonly input: TypeDescriptor
  /** Said beside the name, such as `unreliable`. */
  readonly note?: string
  /** Under which the last values are kept. */
  readonly memoryKey: string
  readonly context: EditorContext
  /** Whether an answer comes. */
  readonly answers: boolean
  /** Sends it; what it throws is shown. */
  run(input: unknown): unknown
}

export interface ActionCard {
  readonly element: HTMLElement
  /** Stops repeating. */
  stop(): void
}

/** A form for one action: its fields, a button, and what came of it. */
export function actionCard(action: Action, startOpen: boolean): ActionCard {
  const editor = hasFields(action.input) ? inputEditor(action.input, action.context) : undefined
  editor?.set(recall(action.memoryKey))
  const outcome = h('div', { class: 'outcome', 'aria-live': 'polite' })
  const form = h('form', { class: 'action-form', novalidate: true, 'aria-label': action.name })
  const told = h('span', { class: 'action-told' })
  const send = sender(action, editor, form, { outcome, told })
  const repeat = repeater(action.name, () => send())
  const submit = h(
    'button',
    { type: 'submit', class: editor ? 'button is-primary' : 'button' },
    action.answers ? 'Call' : 'Send',
  )
  // In a text of several lines Enter alone begins a new one.
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send()
  })
  const foot = h('div', { class: 'action-foot' }, submit, repeat.element, told)
  if (editor) form.append(editor.element)
  form.append(foot, outcome)
  const element = h(
    'details',
    { class: 'action', open: startOpen },
    h(
      'summary',
      { class: 'action-head' },
      icon('chevron'),
      h('span', { class: 'action-name' }, action.name),
      h('span', { class: 'action-signature' }, signatureText(action.input)),
      action.note !== undefined && h('span', { class: 'badge' }, action.note),
    ),
    form,
  )
  return { element, stop: repeat.stop }
}

interface Telling {
  readonly outcome: HTMLElement
  readonly told: HTMLElement
}

/** Sends what the form holds; false where it could not. */
function sender(
  action: Action,
  editor: Editor | undefined,
  form: HTMLFormElement,
  { outcome, told }: Telling,
): () => Promise<boolean> {
  let sent = 0
  return async () => {
    const wrong = form.querySelector<HTMLInputElement>('.fields :invalid:not(fieldset)')
    if (wrong !== null) {
      wrong.focus()
      wrong.classList.add('is-wrong')
      wrong.addEventListener('input', () => wrong.classList.remove('is-wrong'), { once: true })
      fill(outcome, h('p', { class: 'form-problem', role: 'alert' }, wrong.validationMessage))
      return false
    }
    const startedMs = performance.now()
    try {
      const input = editor?.get() ?? {}
      remember(action.memoryKey, input)
      if (action.answers) setText(told, 'waiting…')
      const answer = await action.run(input)
      if (action.answers) {
        setText(told, `answered in ${(performance.now() - startedMs).toFixed(1)} ms`)
        fill(outcome, answerBox(answer))
      } else {
        sent++
        setText(told, sent === 1 ? 'sent' : `sent ${sent}×`)
        fill(outcome)
      }
      return true
    } catch (thrown) {
      setText(
        told,
        action.answers ? `failed in ${(performance.now() - startedMs).toFixed(1)} ms` : '',
      )
      fill(outcome, errorCard(thrown))
      return false
    }
  }
}

function answerBox(answer: unknown): HTMLElement {
  const short = preview(answer)
  const text = short.length < 60 ? short : prettyJson(answer)
  return h('pre', { class: 'answer', tabindex: 0, 'aria-label': 'answer' }, text)
}

/** Repeats `run` until it fails or is switched off. */
function repeater(name: string, run: () => Promise<boolean>) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const toggle = h('input', { type: 'checkbox', class: 'switch is-small', role: 'switch' })
  toggle.setAttribute('aria-label', `Repeat ${name}`)
  const period = h('input', {
    type: 'number',
    class: 'repeat-ms',
    min: repeatMsMin,
    max: 60_000,
    step: 10,
    value: repeatMsDefault,
    'aria-label': 'Milliseconds between repetitions',
  })
  const stop = (): void => {
    toggle.checked = false
    clearTimeout(timer)
    timer = undefined
  }
  const again = async (): Promise<void> => {
    if (!(await run())) stop()
    if (!toggle.checked) return
    timer = setTimeout(() => void again(), Math.max(repeatMsMin, period.valueAsNumber || 0))
  }
  toggle.addEventListener('change', () => {
    if (toggle.checked) void again()
    else stop()
  })
  const element = h('div', { class: 'repeat' }, toggle, h('span', {}, 'every'), period, 'ms')
  return { element, stop }
}
