import { svg } from './dom.ts'

const width = 96
const height = 24

/** A small curve of the last values. */
export interface Sparkline {
  readonly element: SVGElement
  push(value: number): void
}

export function sparkline(label: string, valuesMax = 60): Sparkline {
  const area = svg('path', { class: 'spark-area' })
  const line = svg('path', { class: 'spark-line' })
  const box = { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none' }
  const element = svg(
    'svg',
    { ...box, class: 'spark', role: 'img', 'aria-label': label },
    area,
    line,
  )
  const values: number[] = []
  return {
    element,
    push(value) {
      values.push(value)
      if (values.length > valuesMax) values.shift()
      const top = Math.max(...values, 1)
      const points = values.map((one, index) => {
        const x = width - ((values.length - 1 - index) * width) / (valuesMax - 1)
        return `${x.toFixed(1)} ${(height - 2 - (one / top) * (height - 4)).toFixed(1)}`
      })
      const start = points[0]?.split(' ')[0] ?? width
      line.setAttribute('d', `M${points.join('L')}`)
      area.setAttribute('d', `M${start} ${height}L${points.join('L')}L${width} ${height}Z`)
    },
  }
}
