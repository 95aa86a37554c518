import type { Atlas } from '../art/atlas.ts'
import { drawPortrait } from '../art/portrait.ts'
import { part, show } from './page.ts'

const names = ['Ada', 'Lin', 'Noor', 'Mika', 'Jun', 'Sol', 'Ines', 'Kofi', 'Yara', 'Tomo', 'Wren']
const remembered = 'frontier:player'

export interface Guest {
  readonly name: string
  readonly look: number
}

/** The card at the door: name and looks. `enter` is tried until it works. */
export function openDoor(atlas: Atlas, enter: (guest: Guest) => Promise<void>): void {
  const door = part<HTMLFormElement>('door')
  const name = part<HTMLInputElement>('player')
  const trouble = part('trouble')
  const button = part<HTMLButtonElement>('enter')
  const former = recall()
  let look = former.look
  name.value = former.name
  paintPreview(atlas, look)
  part('shuffle').addEventListener('click', () => {
    look = randomLook()
    paintPreview(atlas, look)
  })
  door.addEventListener('submit', (event) => {
    event.preventDefault()
    const guest = { name: name.value.trim() || former.name, look }
    button.disabled = true
    trouble.textContent = ''
    enter(guest).then(
      () => {
        remember(guest)
        show(door, false)
      },
      (error: unknown) => {
        button.disabled = false
        trouble.textContent = `The gate is closed: ${messageOf(error)}`
      },
    )
  })
  show(door, true)
  if (matchMedia('(pointer: fine)').matches) name.select()
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'nobody answers.'
}

export function randomLook(): number {
  return Math.floor(Math.random() * 0x10000)
}

function recall(): Guest {
  const fresh = {
    name: names[Math.floor(Math.random() * names.length)] ?? 'Ada',
    look: randomLook(),
  }
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(remembered) ?? 'null')
    const { name, look } = Object(stored) as Partial<Guest>
    const valid = typeof name === 'string' && Number.isInteger(look)
    return valid ? { name, look: (look ?? 0) & 0xffff } : fresh
  } catch {
    return fresh
  }
}

function remember(guest: Guest): void {
  try {
    localStorage.setItem(remembered, JSON.stringify(guest))
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

function paintPreview(atlas: Atlas, look: number): void {
  const canvas = part<HTMLCanvasElement>('preview')
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D
  pen.clearRect(0, 0, canvas.width, canvas.height)
  pen.save()
  pen.translate(canvas.width / 2, canvas.height - 32)
  drawPortrait(pen, atlas, look, 112)
  pen.restore()
}
