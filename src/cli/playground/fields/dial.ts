import { svg } from '../kit/dom.ts'

/** A small dial that is turned with the pointer or the arrow keys. */
export interface Dial {
  readonly element: SVGElement
  show(degrees: number): void
}

const stepDegrees = 5

/** 0° points to the right and angles grow downwards, as on the map. */
export function angleDial(label: string, onTurn: (degrees: number) => void): Dial {
  const hand = svg('line', { x1: 16, y1: 16, x2: 27, y2: 16, class: 'dial-hand' })
  const face = svg('circle', { cx: 16, cy: 16, r: 14, class: 'dial-face' })
  const role = { role: 'slider', tabindex: 0, 'aria-label': `${label}, degrees` }
  const range = { 'aria-valuemin': 0, 'aria-valuemax': 360, 'aria-valuenow': 0 }
  const element = svg('svg', { viewBox: '0 0 32 32', class: 'dial', ...role, ...range }, face, hand)
  let degrees = 0
  const show = (next: number): void => {
    degrees = ((next % 360) + 360) % 360
    hand.setAttribute('transform', `rotate(${degrees.toFixed(1)} 16 16)`)
    element.setAttribute('aria-valuenow', String(Math.round(degrees)))
  }
  const turn = (next: number): void => {
    show(next)
    onTurn(degrees)
  }
  const follow = (event: PointerEvent): void => {
    const box = element.getBoundingClientRect()
    const x = event.clientX - box.left - box.width / 2
    const y = event.clientY - box.top - box.height / 2
    turn((Math.atan2(y, x) * 180) / Math.PI)
  }
  element.addEventListener('pointerdown', (event) => {
    element.setPointerCapture(event.pointerId)
    follow(event)
  })
  element.addEventListener('pointermove', (event) => {
    if (element.hasPointerCapture(event.pointerId)) follow(event)
  })
  element.addEventListener('keydown', (event) => {
    const up = event.key === 'ArrowUp' || event.key === 'ArrowRight'
    if (!up && event.key !== 'ArrowDown' && event.key !== 'ArrowLeft') return
    event.preventDefault()
    turn(degrees + (up ? stepDegrees : -stepDegrees))
  })
  return { element, show }
}
