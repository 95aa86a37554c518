import type { Camera } from './camera.ts'

/** A press that moves less than this is a click, CSS pixels. */
const clickMovesMax = 5
const keyPan = 60

export interface GestureEvents {
  /** The view was moved by hand. */
  moved(): void
  clicked(x: number, y: number): void
  /** The pointer is above this point, or nowhere. */
  hovered(at: { readonly x: number; readonly y: number } | undefined): void
}

interface Finger {
  x: number
  y: number
}

/** Wheel and pinch zoom, dragging pans, arrow keys and + − do the same. */
export function watchGestures(
  canvas: HTMLCanvasElement,
  camera: Camera,
  events: GestureEvents,
): void {
  const fingers = new Map<number, Finger>()
  let moves = 0
  const at = (event: PointerEvent | WheelEvent): Finger => ({ x: event.offsetX, y: event.offsetY })

  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
      camera.zoom(Math.exp(-event.deltaY * lines * 0.0015), event.offsetX, event.offsetY)
    },
    { passive: false },
  )
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId)
    if (fingers.size === 0) moves = 0
    fingers.set(event.pointerId, at(event))
  })
  canvas.addEventListener('pointermove', (event) => {
    const finger = fingers.get(event.pointerId)
    const now = at(event)
    events.hovered(now)
    if (finger === undefined) return
    const before = spread(fingers)
    const dx = now.x - finger.x
    const dy = now.y - finger.y
    moves += Math.abs(dx) + Math.abs(dy)
    Object.assign(finger, now)
    const after = spread(fingers)
    if (before && after && before.length > 0)
      camera.zoom(after.length / before.length, after.x, after.y)
    if (moves <= clickMovesMax) return
    camera.pan(dx / fingers.size, dy / fingers.size)
    events.moved()
  })
  const lift = (event: PointerEvent): void => {
    const known = fingers.delete(event.pointerId)
    if (known && event.type === 'pointerup' && fingers.size === 0 && moves <= clickMovesMax) {
      events.clicked(event.offsetX, event.offsetY)
    }
  }
  canvas.addEventListener('pointerup', lift)
  canvas.addEventListener('pointercancel', lift)
  canvas.addEventListener('pointerleave', () => events.hovered(undefined))
  canvas.addEventListener('keydown', (event) => {
    if (!moveByKey(camera, event.key, events)) return
    event.preventDefault()
  })
}

function moveByKey(camera: Camera, key: string, events: GestureEvents): boolean {
  const pans: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [keyPan, 0],
    ArrowRight: [-keyPan, 0],
    ArrowUp: [0, keyPan],
    ArrowDown: [0, -keyPan],
  }
  const pan = Object.hasOwn(pans, key) ? pans[key] : undefined
  if (pan) {
    camera.pan(...pan)
    events.moved()
  } else if (key === '+' || key === '=') camera.zoom(1.25)
  else if (key === '-') camera.zoom(0.8)
  else return false
  return true
}

/** How far two fingers are apart, and the point between them. */
function spread(fingers: ReadonlyMap<number, Finger>) {
  const [a, b] = [...fingers.values()]
  if (a === undefined || b === undefined) return undefined
  return { length: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}
