import { connect } from 'realmkit/client'
import type game from '../hello.ts'

const canvas = document.querySelector('canvas') as HTMLCanvasElement
const pen = canvas.getContext('2d') as CanvasRenderingContext2D
const status = document.querySelector('#status') as HTMLElement

const names = ['Ada', 'Lin', 'Noor', 'Mika', 'Jun', 'Sol', 'Ines', 'Kofi', 'Yara', 'Tomo']
const name = names[Math.floor(Math.random() * names.length)] ?? 'Ada'
// Each tab is a person of its own: the guest is kept for the tab, not for the browser.
const realm = await connect<typeof game>(location.origin, { guest: name, storage: sessionStorage })
const plaza = await realm.rooms.plaza.joinOrCreate()

const showStatus = () => {
  status.textContent =
    realm.status === 'connected' ? `${plaza.state.avatars.size} here` : 'reconnecting…'
}
realm.onStatus(showStatus)

/** Where each avatar is drawn: eased towards where the server says it is. */
const shown = new Map<string, { x: number; y: number }>()
plaza.state.avatars.onAdd((id, { x, y }) => {
  shown.set(id, { x, y })
  showStatus()
})
plaza.state.avatars.onRemove((id) => {
  shown.delete(id)
  showStatus()
})

const held = new Set<string>()
const keys: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  KeyA: [-1, 0],
  KeyD: [1, 0],
  KeyW: [0, -1],
  KeyS: [0, 1],
}
addEventListener('keydown', ({ code }) => code in keys && held.add(code))
addEventListener('keyup', ({ code }) => held.delete(code))
addEventListener('blur', () => held.clear())

let finger: { x: number; y: number } | undefined
const follow = ({ clientX, clientY }: PointerEvent) => {
  finger = { x: clientX - innerWidth / 2, y: clientY - innerHeight / 2 }
}
addEventListener('pointerdown', follow)
addEventListener('pointermove', (event) => finger && follow(event))
addEventListener('pointerup', () => {
  finger = undefined
})

/** The direction wanted by keys or finger, at most 1 long. */
function wanted(): { dx: number; dy: number } {
  let [dx, dy] = [0, 0]
  for (const code of held) {
    dx += keys[code]?.[0] ?? 0
    dy += keys[code]?.[1] ?? 0
  }
  const me = shown.get(realm.player.id)
  if (finger && me) [dx, dy] = [(finger.x - me.x) / 40, (finger.y - me.y) / 40]
  const length = Math.max(1, Math.hypot(dx, dy))
  return { dx: dx / length, dy: dy / length }
}

setInterval(() => {
  const { dx, dy } = wanted()
  if (dx !== 0 || dy !== 0) plaza.send.walk({ dx: dx * 12, dy: dy * 12 })
}, 50)

function hue(id: string): number {
  let sum = 0
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 360
  return sum
}

function draw(): void {
  const scale = devicePixelRatio
  canvas.width = innerWidth * scale
  canvas.height = innerHeight * scale
  const style = getComputedStyle(document.documentElement)
  pen.setTransform(scale, 0, 0, scale, (innerWidth / 2) * scale, (innerHeight / 2) * scale)
  pen.fillStyle = style.getPropertyValue('--stone')
  for (let ring = 4; ring > 0; ring--) {
    pen.globalAlpha = 0.35
    pen.beginPath()
    pen.arc(0, 0, ring * 90, 0, 7)
    pen.fill()
  }
  pen.globalAlpha = 1
  pen.textAlign = 'center'
  pen.font = '600 13px system-ui, sans-serif'
  for (const [id, avatar] of plaza.state.avatars) {
    const at = shown.get(id)
    if (at) drawAvatar(id, avatar, at, style.getPropertyValue('--ink'))
  }
  requestAnimationFrame(draw)
}

function drawAvatar(
  id: string,
  avatar: { readonly x: number; readonly y: number; readonly name: string },
  at: { x: number; y: number },
  ink: string,
): void {
  at.x += (avatar.x - at.x) * 0.2
  at.y += (avatar.y - at.y) * 0.2
  pen.fillStyle = `hsl(${hue(id)} 62% 56%)`
  pen.beginPath()
  pen.arc(at.x, at.y, 16, 0, 7)
  pen.fill()
  if (id === realm.player.id) {
    pen.lineWidth = 3
    pen.strokeStyle = ink
    pen.stroke()
  }
  pen.fillStyle = ink
  pen.fillText(avatar.name, at.x, at.y - 26)
}
draw()
