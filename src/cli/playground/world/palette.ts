/** Colours of kinds: apart from each other on light and on dark ground. */
const hues = [258, 152, 28, 205, 338, 85, 180, 300, 52, 12]

export interface Palette {
  readonly ground: string
  readonly outside: string
  readonly grid: string
  readonly edge: string
  readonly ink: string
  readonly soft: string
  readonly accent: string
  /** Of the kind with this number. */
  kind(index: number): string
}

/** The colours of the page, read anew when the scheme changes. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element)
  const read = (name: string): string => style.getPropertyValue(name).trim()
  const lightness = read('--kind-lightness') || '55%'
  return {
    ground: read('--map-ground'),
    outside: read('--map-outside'),
    grid: read('--map-grid'),
    edge: read('--border-strong'),
    ink: read('--ink'),
    soft: read('--soft'),
    accent: read('--accent'),
    kind: (index) => kindColour(index, lightness),
  }
}

export function kindColour(index: number, lightness = 'var(--kind-lightness)'): string {
  return `hsl(${hues[index % hues.length] ?? 0} 62% ${lightness})`
}
