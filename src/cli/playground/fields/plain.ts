import type { TypeDescriptor } from '../../../schema/index.ts'
import { button, h, setText } from '../kit/dom.ts'
import { typeText } from '../kit/format.ts'
import { angleDial } from './dial.ts'
import { type Editor, type EditorContext, freshId } from './editor.ts'

/** Texts longer than this get several lines. */
const lineCharsMax = 120

type Of<K extends TypeDescriptor['kind']> = Extract<TypeDescriptor, { kind: K }>

const ranges: Readonly<Record<string, readonly [min: number, max: number]>> = {
  u8: [0, 255],
  u16: [0, 65_535],
  u32: [0, 4_294_967_295],
  i8: [-128, 127],
  i16: [-32_768, 32_767],
  i32: [-2_147_483_648, 2_147_483_647],
  varint: [0, Number.MAX_SAFE_INTEGER],
  entityId: [0, Number.MAX_SAFE_INTEGER],
}

/** A label above, a hint beside it, and what is edited below. */
function fieldBox(id: string, label: string, hint: string, ...inside: Element[]) {
  const name = h('label', { for: id, class: 'field-label' }, label)
  const head = h('div', { class: 'field-head' }, name, h('span', { class: 'field-hint' }, hint))
  return h('div', { class: 'field' }, head, h('div', { class: 'field-body' }, ...inside))
}

export function numberEditor(type: TypeDescriptor, label: string): Editor {
  const id = freshId()
  const range = ranges[type.kind]
  const limits = range === undefined ? { step: 'any' } : { min: range[0], max: range[1], step: 1 }
  const input = h('input', { id, type: 'number', inputmode: 'decimal', required: true, ...limits })
  input.value = '0'
  const wide = range !== undefined && range[1] > 1e6
  const hint = range === undefined || wide ? type.kind : `${type.kind} ${range[0]}…${range[1]}`
  return {
    element: fieldBox(id, label, hint, input),
    get: () => input.valueAsNumber,
    set: (value) => setNumber(input, value),
  }
}

function setNumber(input: HTMLInputElement, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) input.valueAsNumber = value
}

export function fixedEditor({ min, max, step }: Of<'fixed'>, label: string): Editor {
  const id = freshId()
  const limits = { min, max, step }
  const input = h('input', { id, type: 'number', required: true, ...limits })
  const slider = h('input', { type: 'range', tabindex: -1, 'aria-label': label, ...limits })
  const start = Math.min(max, Math.max(min, 0))
  input.valueAsNumber = start
  slider.valueAsNumber = start
  slider.addEventListener('input', () => {
    input.value = slider.value
  })
  input.addEventListener('input', () => {
    slider.value = input.value
  })
  return {
    element: fieldBox(id, label, `fixed ${min}…${max}, step ${step}`, slider, input),
    get: () => input.valueAsNumber,
    set(value) {
      setNumber(input, value)
      slider.value = input.value
    },
  }
}

/** Shown in degrees; the value is in radians. */
export function angleEditor({ bits }: Of<'angle'>, label: string): Editor {
  const id = freshId()
  const input = h('input', { id, type: 'number', required: true, step: 'any' })
  input.value = '0'
  const dial = angleDial(label, (degrees) => {
    input.value = String(Math.round(degrees))
  })
  input.addEventListener('input', () => dial.show(input.valueAsNumber || 0))
  return {
    element: fieldBox(id, label, `angle, ${bits} bits, degrees`, dial.element, input),
    get: () => (input.valueAsNumber * Math.PI) / 180,
    set(value) {
      if (typeof value !== 'number') return
      setNumber(input, Math.round(((value * 180) / Math.PI) * 100) / 100)
      dial.show(input.valueAsNumber || 0)
    },
  }
}

export function boolEditor(label: string): Editor {
  const id = freshId()
  const input = h('input', { id, type: 'checkbox', role: 'switch', class: 'switch' })
  const name = h('label', { for: id, class: 'field-label' }, label)
  return {
    element: h('div', { class: 'field is-inline' }, input, name),
    get: () => input.checked,
    set(value) {
      input.checked = value === true
    },
  }
}

export function textEditor({ max }: Of<'text'>, label: string): Editor {
  const id = freshId()
  const common = { id, maxlength: max, autocomplete: 'off', spellcheck: 'false' }
  const input =
    max > lineCharsMax
      ? h('textarea', { ...common, rows: 3 })
      : h('input', { ...common, type: 'text' })
  const counter = h('span', { class: 'counter', 'aria-hidden': 'true' })
  const count = (): void => void setText(counter, `${input.value.length}/${max}`)
  input.addEventListener('input', count)
  count()
  return {
    element: fieldBox(id, label, 'text', input, counter),
    get: () => input.value,
    set(value) {
      if (typeof value === 'string') input.value = value.slice(0, max)
      count()
    },
  }
}

export function choiceEditor({ options }: Of<'choice'>, label: string): Editor {
  const id = freshId()
  const select = h('select', { id }, ...options.map((option) => h('option', {}, option)))
  return {
    element: fieldBox(id, label, `choice of ${options.length}`, select),
    get: () => options[select.selectedIndex],
    set(value) {
      const index = options.indexOf(String(value))
      if (index >= 0) select.selectedIndex = index
    },
  }
}

/** Typed as hexadecimal digits. */
export function bytesEditor({ max }: Of<'bytes'>, label: string): Editor {
  const id = freshId()
  const common = { id, spellcheck: 'false', autocomplete: 'off', class: 'mono' }
  const input = h('textarea', { ...common, rows: 2, placeholder: 'de ad be ef' })
  const counter = h('span', { class: 'counter', 'aria-hidden': 'true' })
  const check = (): void => {
    const digits = input.value.replace(/\s+/g, '')
    const whole = /^([0-9a-f]{2})*$/i.test(digits)
    const fits = digits.length / 2 <= max
    const problem = whole ? `At most ${max} bytes.` : 'Two hexadecimal digits for each byte.'
    input.setCustomValidity(whole && fits ? '' : problem)
    setText(counter, `${Math.ceil(digits.length / 2)}/${max} B`)
  }
  input.addEventListener('input', check)
  check()
  return {
    element: fieldBox(id, label, 'bytes, hexadecimal', input, counter),
    get() {
      const pairs = input.value.replace(/\s+/g, '').match(/../g) ?? []
      return btoa(String.fromCharCode(...pairs.map((pair) => Number.parseInt(pair, 16))))
    },
    set(value) {
      if (typeof value !== 'string') return
      const units = [...atob(value)].map((unit) => unit.charCodeAt(0))
      input.value = units.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
      check()
    },
  }
}

export function entityEditor(label: string, { pickEntity }: EditorContext): Editor {
  const inner = numberEditor({ kind: 'entityId' }, label)
  if (pickEntity === undefined) return inner
  const pick = button(
    'Pick on map',
    () => {
      pick.textContent = 'Click an entity…'
      pick.classList.add('is-busy')
      void pickEntity().then((id) => {
        pick.textContent = 'Pick on map'
        pick.classList.remove('is-busy')
        if (id !== undefined) inner.set(id)
      })
    },
    { class: 'button is-small' },
  )
  inner.element.querySelector('.field-body')?.append(pick)
  return inner
}

/** For a kind that a newer server speaks of. */
export function unknownEditor(type: TypeDescriptor, label: string): Editor {
  const id = freshId()
  const input = h('input', { id, type: 'text', disabled: true })
  return {
    element: fieldBox(id, label, typeText(type), input),
    get: () => undefined,
    set() {},
  }
}
