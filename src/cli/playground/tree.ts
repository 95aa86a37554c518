import type { TypeDescriptor } from '../../schema/index.ts'
import { h, icon, setText } from './kit/dom.ts'
import { hexText, numberText, preview, typeText } from './kit/format.ts'

/** Entries of one list or map that are shown before "more" is asked for. */
const pageEntries = 50
const leafCharsMax = 2000

/** A live value as a tree that can be folded; what changes lights up for a moment. */
export interface Tree {
  readonly element: HTMLElement
  update(value: unknown): void
}

/** One part of a value: a name, a type, and where to find it. */
interface Part {
  readonly key: string
  readonly value: unknown
  readonly type: TypeDescriptor
  readonly hidden: boolean
}

/**
 * The tree of a record, whose fields stand at the top. An entry whose key is `ownKey` is marked as
 * the player's.
 */
export function stateTree(type: TypeDescriptor, label: string, ownKey?: string): Tree {
  const element = h('div', { class: 'tree', role: 'tree', 'aria-label': label })
  const branch = new Branch(element, 0, ownKey)
  return {
    element,
    update(value) {
      branch.update(type, value)
    },
  }
}

/** The children of one node. */
class Branch {
  readonly #box: HTMLElement
  readonly #depth: number
  readonly #ownKey: string | undefined
  readonly #nodes = new Map<string, TreeNode>()
  readonly #more = h('button', { type: 'button', class: 'tree-more' })
  #limit = pageEntries
  /** The first update shows what is there; only later ones are changes. */
  #settled = false

  constructor(box: HTMLElement, depth: number, ownKey: string | undefined) {
    this.#box = box
    this.#ownKey = ownKey
    this.#depth = depth
    this.#more.addEventListener('click', () => {
      this.#limit += pageEntries * 4
    })
  }

  update(type: TypeDescriptor, value: unknown): void {
    const shown = partsOf(type, value, this.#limit)
    const keys = new Set(shown.map(({ key }) => key))
    for (const [key, node] of this.#nodes) {
      if (keys.has(key)) continue
      node.row.remove()
      this.#nodes.delete(key)
    }
    let before: Element | null = null
    for (const part of shown) {
      let node = this.#nodes.get(part.key)
      if (node === undefined) {
        node = new TreeNode(part, this.#depth, this.#ownKey)
        this.#nodes.set(part.key, node)
        if (this.#settled) flash(node.row)
      }
      node.update(part)
      const wanted: Element | null =
        before === null ? this.#box.firstElementChild : before.nextElementSibling
      if (wanted !== node.row) this.#box.insertBefore(node.row, wanted)
      before = node.row
    }
    this.#showMore(countOf(value) - shown.length)
    this.#settled = true
  }

  #showMore(left: number): void {
    if (left <= 0) this.#more.remove()
    else {
      setText(this.#more, `${left} more`)
      if (this.#box.lastElementChild !== this.#more) this.#box.append(this.#more)
    }
  }
}

class TreeNode {
  readonly row: HTMLElement
  readonly #line: HTMLElement
  readonly #value = h('span', { class: 'tree-value' })
  readonly #type = h('span', { class: 'tree-type' })
  readonly #depth: number
  readonly #ownKey: string | undefined
  #children: { box: HTMLElement; branch: Branch } | undefined
  #branching: boolean | undefined
  #open: boolean
  #shown: string | undefined
  #last: Part

  constructor(part: Part, depth: number, ownKey: string | undefined) {
    this.#ownKey = ownKey
    this.#depth = depth
    this.#last = part
    this.#open = depth < 2
    const lock = h(
      'span',
      { class: 'tree-lock', title: 'ownOnly: only its owner sees it' },
      icon('lock'),
    )
    this.#line = h(
      'div',
      { class: 'tree-line', role: 'treeitem', click: () => this.#toggle() },
      h('span', { class: 'tree-chevron' }, icon('chevron')),
      h('span', { class: 'tree-key' }, part.key),
      part.key === ownKey && h('span', { class: 'badge' }, 'you'),
      part.hidden && lock,
      this.#value,
      this.#type,
    )
    this.#line.addEventListener('keydown', (event) => this.#onKey(event))
    this.row = h('div', { class: 'tree-node' }, this.#line)
    this.row.style.setProperty('--depth', String(depth))
  }

  update(part: Part): void {
    this.#last = part
    const type = shownType(part.type)
    const branches = isBranch(type) && part.value !== undefined
    this.#setBranching(branches)
    const text = branches
      ? summary(type, part.value, this.#open)
      : leafText(type, part.value, part.hidden)
    // What is folded shows that something inside has changed.
    const print = branches && !this.#open ? `${text}${preview(part.value)}` : text
    const first = this.#shown === undefined
    if (print !== this.#shown) {
      this.#shown = print
      setText(this.#value, text)
      if (!first) flash(this.#line)
    }
    setText(this.#type, typeText(part.type))
    this.#value.className = `tree-value is-${branches ? 'branch' : leafClass(type, part.value)}`
    if (branches && this.#open) this.#updateChildren()
  }

  #updateChildren(): void {
    if (this.#children === undefined) {
      const box = h('div', { class: 'tree-children', role: 'group' })
      this.#children = { box, branch: new Branch(box, this.#depth + 1, this.#ownKey) }
    }
    const { box, branch } = this.#children
    if (box.parentElement === null) this.row.append(box)
    const { type, value } = this.#last
    branch.update(shownType(type), value)
  }

  #setBranching(branching: boolean): void {
    if (this.#branching === branching) return
    this.#branching = branching
    this.#line.classList.toggle('is-branch', branching)
    if (branching) {
      this.#line.tabIndex = 0
      this.#line.setAttribute('aria-expanded', String(this.#open))
    } else {
      this.#line.removeAttribute('tabindex')
      this.#line.removeAttribute('aria-expanded')
      this.#children?.box.remove()
      this.#children = undefined
    }
  }

  #toggle(open = !this.#open): void {
    if (this.#branching !== true) return
    this.#open = open
    this.#shown = undefined
    this.#line.setAttribute('aria-expanded', String(open))
    if (!open) {
      this.#children?.box.remove()
      this.#children = undefined
    }
    this.update(this.#last)
  }

  #onKey(event: KeyboardEvent): void {
    const { key } = event
    if (key === 'Enter' || key === ' ') this.#toggle()
    else if (key === 'ArrowRight') this.#toggle(true)
    else if (key === 'ArrowLeft') this.#toggle(false)
    else return
    event.preventDefault()
  }
}

/** Restarts the animation of a row that has just changed. */
function flash(element: HTMLElement): void {
  const line = element.querySelector<HTMLElement>(':scope > .tree-line') ?? element
  line.animate([{ backgroundColor: 'var(--flash)' }, { backgroundColor: 'transparent' }], {
    duration: 900,
    easing: 'ease-out',
  })
}

function shownType(type: TypeDescriptor): TypeDescriptor {
  const wraps = type.kind === 'optional' || type.kind === 'ownOnly' || type.kind === 'serverOnly'
  return wraps ? shownType(type.of) : type
}

function isBranch({ kind }: TypeDescriptor): boolean {
  return kind === 'record' || kind === 'list' || kind === 'map' || kind === 'union'
}

function partsOf(type: TypeDescriptor, value: unknown, limit: number): Part[] {
  if (type.kind === 'record') {
    const values = Object(value) as Readonly<Record<string, unknown>>
    return type.fields.map(({ name, type }) => {
      return { key: name, value: values[name], type, hidden: type.kind === 'ownOnly' }
    })
  }
  if (type.kind === 'union') {
    const name = variantName(value)
    const variant = type.variants.find((one) => one.name === name)
    return variant === undefined ? [] : partsOf(variant.type, value, limit)
  }
  if (type.kind === 'map' && value instanceof Map) {
    return first(value as Map<string, unknown>, limit, ([key, entry]) => {
      return { key, value: entry, type: type.of, hidden: false }
    })
  }
  if (type.kind === 'list' && Array.isArray(value)) {
    return first((value as unknown[]).entries(), limit, ([index, entry]) => {
      return { key: String(index), value: entry, type: type.of, hidden: false }
    })
  }
  return []
}

/** Of a state with thousands of entries only what is shown is looked at. */
function first<T>(all: Iterable<T>, limit: number, partOf: (one: T) => Part): Part[] {
  const parts: Part[] = []
  for (const one of all) {
    if (parts.length >= limit) break
    parts.push(partOf(one))
  }
  return parts
}

function countOf(value: unknown): number {
  if (value instanceof Map) return value.size
  return Array.isArray(value) ? value.length : 0
}

function variantName(value: unknown): string {
  return String((Object(value) as { readonly type?: unknown }).type)
}

function summary(type: TypeDescriptor, value: unknown, open: boolean): string {
  if (!open && (type.kind === 'union' || type.kind === 'record')) return preview(value)
  if (type.kind === 'union') return variantName(value)
  if (type.kind === 'record') return ''
  const count = countOf(value)
  return `${count} ${count === 1 ? 'entry' : 'entries'}`
}

function leafText(type: TypeDescriptor, value: unknown, hidden: boolean): string {
  if (value === undefined) return hidden ? 'not yours' : 'none'
  if (type.kind === 'angle') return `${numberText((Number(value) * 180) / Math.PI)}°`
  if (type.kind === 'choice') return String(value)
  if (typeof value === 'string') {
    const short = value.slice(0, leafCharsMax)
    return `${JSON.stringify(short)}${short.length < value.length ? '…' : ''}`
  }
  if (typeof value === 'number') return numberText(value)
  if (value instanceof Uint8Array) return `${value.length} B  ${hexText(value)}`
  return String(value)
}

function leafClass(type: TypeDescriptor, value: unknown): string {
  if (value === undefined) return 'none'
  if (type.kind === 'choice' || type.kind === 'text') return type.kind
  return typeof value === 'boolean' ? 'bool' : value instanceof Uint8Array ? 'bytes' : 'number'
}
