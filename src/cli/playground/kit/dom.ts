/**
 * What an element may contain. Texts become text nodes: nothing that comes from a game is read as
 * HTML.
 */
export type Child = Node | string | number | undefined | false

/**
 * Attributes; a function listens to the event of that name, `false` and `undefined` leave an
 * attribute out.
 */
export type Attributes = Readonly<
  Record<string, string | number | boolean | undefined | ((event: never) => void)>
>

/** Makes an element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value as EventListener)
    else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value))
    }
  }
  element.append(...present(children))
  return element
}

/** Puts `children` in the place of all that was there. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...present(children))
}

function present(children: Child[]): (Node | string)[] {
  return children
    .filter((child) => child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)))
}

/** Sets a text only where it differs, so that the page is not laid out for nothing. */
export function setText(element: Element, text: string): boolean {
  if (element.textContent === text) return false
  element.textContent = text
  return true
}

/** A button that looks like one of ours. */
export function button(label: string, onClick: () => void, attributes: Attributes = {}) {
  return h('button', { type: 'button', class: 'button', click: onClick, ...attributes }, label)
}

/** A button that is only a picture; `label` is what it is called. */
export function iconButton(
  name: IconName,
  label: string,
  onClick: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  const given = { type: 'button', class: 'icon-button', title: label, 'aria-label': label }
  return h('button', { ...given, click: onClick, ...attributes }, icon(name))
}

const svgSpace = 'http://www.w3.org/2000/svg'

/** Makes an SVG element. */
export function svg(tag: string, attributes: Attributes = {}, ...children: Node[]): SVGElement {
  const element = document.createElementNS(svgSpace, tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value as EventListener)
    else element.setAttribute(name, String(value))
  }
  element.append(...children)
  return element
}

/** Outlines on a grid of 16 × 16. */
const outlines = {
  lock: 'M4.5 7.5h7v5h-7zM6 7.5V5.5a2 2 0 0 1 4 0v2',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  chevron: 'M6 4l4 4-4 4',
  service: 'M3 4.5h10v3H3zM3 9.5h10v3H3zM5.5 6h.01M5.5 11h.01',
  actor: 'M8 7.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5zM3.5 13a4.5 4.5 0 0 1 9 0',
  room: 'M3 3h4.2v4.2H3zM8.8 3H13v4.2H8.8zM3 8.8h4.2V13H3zM8.8 8.8H13V13H8.8z',
  world:
    'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11M2.5 8h11M8 2.5q4.5 5.5 0 11M8 2.5q-4.5 5.5 0 11',
  target: 'M8 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM8 1.5V4M8 12v2.5M1.5 8H4M12 8h2.5',
  pause: 'M6 4v8M10 4v8',
  play: 'M5.5 3.5l7 4.5-7 4.5z',
  trash: 'M3.5 5h9M6.5 5V3.5h3V5M5 5l.5 7.5h5L11 5',
  external: 'M9 3h4v4M13 3L7.5 8.5M11.5 9.5v3h-8v-8h3',
  fit: 'M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3',
  plug: 'M6 2.5v3M10 2.5v3M4.5 5.5h7v2a3.5 3.5 0 0 1-7 0zM8 11v2.5',
  list: 'M5.5 4.5h8M5.5 8h8M5.5 11.5h8M2.5 4.5h.01M2.5 8h.01M2.5 11.5h.01',
  log: 'M3 3.5h10v9H3zM5.5 6.5l1.5 1.5-1.5 1.5M8.5 9.5h2',
  grid: 'M2.5 2.5h11v11h-11zM2.5 6.2h11M6.2 6.2v7.3',
} as const

export type IconName = keyof typeof outlines

export function icon(name: IconName): SVGElement {
  const path = svg('path', { d: outlines[name] })
  return svg(
    'svg',
    { viewBox: '0 0 16 16', class: `icon icon-${name}`, 'aria-hidden': 'true' },
    path,
  )
}
