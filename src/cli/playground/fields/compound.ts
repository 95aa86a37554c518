import type { TypeDescriptor } from '../../../schema/index.ts'
import { button, h, iconButton, setText } from '../kit/dom.ts'
import { typeText } from '../kit/format.ts'
import { type Editor, type EditorContext, freshId, type MakeEditor } from './editor.ts'

type Of<K extends TypeDescriptor['kind']> = Extract<TypeDescriptor, { kind: K }>
type Json = Readonly<Record<string, unknown>>

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function group(label: string, hint: string, ...inside: HTMLElement[]): HTMLFieldSetElement {
  const legend = h('legend', {}, label, h('span', { class: 'field-hint' }, hint))
  return h('fieldset', { class: 'group' }, legend, ...inside)
}

/** The fields of a record without a frame around them: the top of a form. */
export function fieldsEditor(type: Of<'record'>, context: EditorContext, make: MakeEditor): Editor {
  const editors = type.fields
    .filter(({ type }) => type.kind !== 'serverOnly')
    .map(({ name, type }) => ({ name, editor: make(type, name, context) }))
  return {
    element: h('div', { class: 'fields' }, ...editors.map(({ editor }) => editor.element)),
    get() {
      const entries = editors.map(({ name, editor }) => [name, editor.get()] as const)
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
    },
    set(value) {
      const given = objectOf(value)
      for (const { name, editor } of editors) if (name in given) editor.set(given[name])
    },
  }
}

export function recordEditor(
  type: Of<'record'>,
  label: string,
  context: EditorContext,
  make: MakeEditor,
): Editor {
  const fields = fieldsEditor(type, context, make)
  return { ...fields, element: group(label, 'record', fields.element) }
}

export function optionalEditor(
  type: TypeDescriptor,
  label: string,
  context: EditorContext,
  make: MakeEditor,
): Editor {
  const id = freshId()
  const inner = make(type, label, context)
  const toggle = h('input', { id, type: 'checkbox', role: 'switch', class: 'switch' })
  const head = h(
    'div',
    { class: 'field is-inline' },
    toggle,
    h('label', { for: id, class: 'field-label' }, label),
    h('span', { class: 'field-hint' }, `optional ${typeText(type)}`),
  )
  const box = h('div', { class: 'optional' }, head)
  const show = (): void => {
    if (toggle.checked) box.append(inner.element)
    else inner.element.remove()
  }
  toggle.addEventListener('change', show)
  return {
    element: box,
    get: () => (toggle.checked ? inner.get() : undefined),
    set(value) {
      toggle.checked = value !== undefined && value !== null
      if (toggle.checked) inner.set(value)
      show()
    },
  }
}

/** A row of a list or map. */
interface Row {
  readonly element: HTMLElement
  readonly key: HTMLInputElement | undefined
  readonly editor: Editor
}

/** Rows that are added and removed, at most `max`. */
class Rows {
  readonly element: HTMLElement
  readonly rows: Row[] = []
  readonly #box = h('div', { class: 'rows' })
  readonly #count = h('span', { class: 'field-hint' })
  readonly #add: HTMLButtonElement
  readonly #max: number
  readonly #make: () => Row

  constructor(label: string, hint: string, max: number, make: (remove: () => void) => Row) {
    this.#max = max
    this.#make = () => {
      const row: Row = make(() => this.#remove(row))
      return row
    }
    this.#add = button('Add', () => this.add(), { class: 'button is-small' })
    const foot = h('div', { class: 'rows-foot' }, this.#add, this.#count)
    this.element = group(label, hint, this.#box, foot)
    this.#tell()
  }

  add(): Row | undefined {
    if (this.rows.length >= this.#max) return undefined
    const row = this.#make()
    this.rows.push(row)
    this.#box.append(row.element)
    this.#tell()
    return row
  }

  clear(): void {
    for (const row of [...this.rows]) this.#remove(row)
  }

  #remove(row: Row): void {
    this.rows.splice(this.rows.indexOf(row), 1)
    row.element.remove()
    this.#tell()
  }

  #tell(): void {
    setText(this.#count, `${this.rows.length}/${this.#max}`)
    this.#add.disabled = this.rows.length >= this.#max
  }
}

export function listEditor(
  { of, max }: Of<'list'>,
  label: string,
  context: EditorContext,
  make: MakeEditor,
): Editor {
  const rows = new Rows(label, `list of ${typeText(of)}`, max, (remove) => {
    const editor = make(of, 'item', context)
    const close = iconButton('close', 'Remove this item', remove)
    return { element: h('div', { class: 'row' }, editor.element, close), key: undefined, editor }
  })
  return {
    element: rows.element,
    get: () => rows.rows.map(({ editor }) => editor.get()),
    set(value) {
      rows.clear()
      if (Array.isArray(value)) for (const item of value) rows.add()?.editor.set(item)
    },
  }
}

export function mapEditor(
  { of, max, keyMax }: Of<'map'>,
  label: string,
  context: EditorContext,
  make: MakeEditor,
): Editor {
  const rows = new Rows(label, `map of ${typeText(of)}`, max, (remove) => {
    const given = { type: 'text', placeholder: 'key', 'aria-label': 'key', class: 'row-key' }
    const key = h('input', { ...given, maxlength: keyMax, required: true })
    const editor = make(of, 'value', context)
    const close = iconButton('close', 'Remove this entry', remove)
    return { element: h('div', { class: 'row' }, key, editor.element, close), key, editor }
  })
  return {
    element: rows.element,
    get: () =>
      Object.fromEntries(rows.rows.map(({ key, editor }) => [key?.value ?? '', editor.get()])),
    set(value) {
      rows.clear()
      for (const [key, inner] of Object.entries(objectOf(value))) {
        const row = rows.add()
        if (row?.key) row.key.value = key
        row?.editor.set(inner)
      }
    },
  }
}

export function unionEditor(
  { variants }: Of<'union'>,
  label: string,
  context: EditorContext,
  make: MakeEditor,
): Editor {
  const select = h('select', { 'aria-label': `${label}, variant` })
  select.append(...variants.map(({ name }) => h('option', {}, name)))
  const box = h('div', { class: 'fields' })
  const made = new Map<number, Editor>()
  const current = (): Editor | undefined => {
    const index = select.selectedIndex
    const variant = variants[index]
    if (variant === undefined) return undefined
    let editor = made.get(index)
    if (editor === undefined) {
      const { type } = variant
      editor =
        type.kind === 'record' ? fieldsEditor(type, context, make) : make(type, label, context)
      made.set(index, editor)
    }
    return editor
  }
  const show = (): void => box.replaceChildren(...[current()?.element ?? ''])
  select.addEventListener('change', show)
  show()
  return {
    element: group(label, 'union', select, box),
    get: () => ({ ...objectOf(current()?.get()), type: variants[select.selectedIndex]?.name }),
    set(value) {
      const index = variants.findIndex(({ name }) => name === objectOf(value)['type'])
      if (index < 0) return
      select.selectedIndex = index
      current()?.set(value)
      show()
    },
  }
}
