import type { Atlas, Pen } from './atlas.ts'
import { ellipse, glow, ink, outline, path, slope, softPath } from './pen.ts'

const roofs = [
  ['#c9584a', '#8f3a3a'],
  ['#4f7fb0', '#355781'],
  ['#7c9a52', '#54703c'],
  ['#b9803f', '#865729'],
] as const
export const houseKinds = roofs.length

export function drawVillage(atlas: Atlas): void {
  roofs.forEach((colours, number) => {
    atlas.draw(`house${number}`, { left: 2.9, right: 2.9, up: 5, down: 1.7 }, (pen) => {
      house(pen, colours)
    })
  })
  atlas.draw('well', { left: 1.3, right: 1.3, up: 2.7, down: 0.8 }, well)
  atlas.draw('stall', { left: 1.7, right: 1.7, up: 2.6, down: 0.8 }, stall)
  atlas.draw('lamp', { left: 0.5, right: 0.5, up: 2.7, down: 0.2 }, lamp)
  atlas.draw('fire', { left: 1.3, right: 1.3, up: 0.9, down: 0.9 }, hearth)
  atlas.draw('flame', { left: 0.5, right: 0.5, up: 1.4, down: 0.15 }, flame)
}

function house(pen: Pen, [light, dark]: readonly [string, string]): void {
  pen.fillStyle = slope(pen, -2, 1.4, '#f4e3c0', '#e2c795')
  path(pen, [
    [-2.2, -1.2],
    [2.2, -1.2],
    [2.2, 1.4],
    [-2.2, 1.4],
  ])
  pen.fill()
  outline(pen, 0.08)
  pen.fillStyle = '#a9a3a6'
  path(pen, [
    [-2.2, 1.05],
    [2.2, 1.05],
    [2.2, 1.4],
    [-2.2, 1.4],
  ])
  pen.fill()
  outline(pen, 0.05)
  for (const x of [-2.1, -0.75, 0.75, 2.1]) beam(pen, x - 0.09, -1.2, 0.18, 2.25)
  beam(pen, -2.2, -0.25, 4.4, 0.16)
  door(pen)
  for (const x of [-1.43, 1.43]) windowAt(pen, x)
  path(pen, [
    [1.1, -3.6],
    [1.65, -3.6],
    [1.65, -2.4],
    [1.1, -2.4],
  ])
  pen.fillStyle = '#9a8d8d'
  pen.fill()
  outline(pen, 0.07)
  path(pen, [
    [-2.75, -0.85],
    [-1.75, -4],
    [1.75, -4],
    [2.75, -0.85],
  ])
  pen.fillStyle = slope(pen, -4, -0.8, light, dark)
  pen.fill()
  outline(pen, 0.09)
  shingles(pen)
}

function beam(pen: Pen, x: number, y: number, width: number, height: number): void {
  pen.fillStyle = '#7a543c'
  pen.fillRect(x, y, width, height)
}

function door(pen: Pen): void {
  path(pen, [
    [-0.48, 1.4],
    [-0.48, 0],
    [0.48, 0],
    [0.48, 1.4],
  ])
  pen.fillStyle = '#8a5a3a'
  pen.fill()
  outline(pen, 0.07)
  ellipse(pen, 0.28, 0.75, 0.07, 0.07, '#f0cf6a')
}

function windowAt(pen: Pen, x: number): void {
  path(pen, [
    [x - 0.38, 0.1],
    [x + 0.38, 0.1],
    [x + 0.38, 0.75],
    [x - 0.38, 0.75],
  ])
  pen.fillStyle = slope(pen, 0.1, 0.75, '#ffe9a3', '#f7bf61')
  pen.fill()
  outline(pen, 0.07, '#5e4030')
  pen.beginPath()
  pen.moveTo(x, 0.1)
  pen.lineTo(x, 0.75)
  pen.moveTo(x - 0.38, 0.42)
  pen.lineTo(x + 0.38, 0.42)
  outline(pen, 0.05, '#5e4030')
}

function shingles(pen: Pen): void {
  pen.save()
  pen.clip()
  for (let row = 0; row < 7; row += 1) {
    const y = -3.55 + row * 0.46
    pen.beginPath()
    for (let x = -3 + (row % 2) * 0.3; x < 3; x += 0.6) pen.arc(x, y, 0.3, 0, Math.PI)
    outline(pen, 0.045, 'rgba(40,15,30,0.28)')
  }
  pen.fillStyle = 'rgba(255,255,255,0.16)'
  pen.fillRect(-3, -4.1, 6, 0.5)
  pen.restore()
}

function well(pen: Pen): void {
  ellipse(pen, 0, 0.2, 1.05, 0.5, '#807e8c')
  outline(pen, 0.07)
  path(pen, [
    [-1.05, -0.35],
    [1.05, -0.35],
    [1.05, 0.2],
    [-1.05, 0.2],
  ])
  pen.fillStyle = '#a3a2ad'
  pen.fill()
  ellipse(pen, 0, -0.35, 1.05, 0.45, '#c0bfc8')
  outline(pen, 0.07)
  ellipse(pen, 0, -0.32, 0.78, 0.3, '#2f6f93')
  outline(pen, 0.05)
  for (const x of [-0.85, 0.75]) beam(pen, x, -2, 0.14, 1.8)
  path(pen, [
    [-1.2, -1.7],
    [-0.7, -2.55],
    [0.7, -2.55],
    [1.2, -1.7],
  ])
  pen.fillStyle = slope(pen, -2.5, -1.7, '#c9584a', '#9c4040')
  pen.fill()
  outline(pen, 0.07)
}

function stall(pen: Pen): void {
  path(pen, [
    [-1.4, -0.7],
    [1.4, -0.7],
    [1.4, 0.5],
    [-1.4, 0.5],
  ])
  pen.fillStyle = slope(pen, -0.7, 0.5, '#b98a57', '#8a6340')
  pen.fill()
  outline(pen, 0.07)
  const fruit = ['#d8425a', '#f2a04a', '#7cb958', '#8d63b5']
  for (let index = 0; index < 9; index += 1) {
    ellipse(pen, -1.12 + index * 0.28, -0.72, 0.15, 0.14, fruit[index % 4] ?? '#d8425a')
    outline(pen, 0.035)
  }
  for (const x of [-1.4, 1.28]) beam(pen, x, -2, 0.12, 1.4)
  for (let stripe = 0; stripe < 6; stripe += 1) {
    const x = -1.6 + (stripe * 3.2) / 6
    path(pen, [
      [x * 0.85, -2.5],
      [(x + 3.2 / 6) * 0.85, -2.5],
      [x + 3.2 / 6, -1.65],
      [x + 3.2 / 12, -1.48],
      [x, -1.65],
    ])
    pen.fillStyle = stripe % 2 === 0 ? '#f6ead0' : '#3f8fa3'
    pen.fill()
    outline(pen, 0.05)
  }
}

function lamp(pen: Pen): void {
  path(pen, [
    [-0.08, 0.08],
    [-0.06, -1.9],
    [0.06, -1.9],
    [0.08, 0.08],
  ])
  pen.fillStyle = '#4b4452'
  pen.fill()
  outline(pen, 0.05)
  path(pen, [
    [-0.24, -1.85],
    [-0.18, -2.35],
    [0.18, -2.35],
    [0.24, -1.85],
  ])
  pen.fillStyle = slope(pen, -2.35, -1.85, '#fff3b8', '#ffc95c')
  pen.fill()
  outline(pen, 0.06)
  path(pen, [
    [-0.3, -2.32],
    [0, -2.6],
    [0.3, -2.32],
  ])
  pen.fillStyle = '#4b4452'
  pen.fill()
  outline(pen, 0.05)
}

function hearth(pen: Pen): void {
  ellipse(pen, 0, 0, 0.95, 0.6, glow(pen, 0, 0, 0.9, '#ff9a4a', '#3a2b2b'))
  for (const [x1, y1, x2, y2] of [
    [-0.6, 0.22, 0.5, -0.2],
    [0.6, 0.22, -0.5, -0.2],
  ] as const) {
    pen.beginPath()
    pen.moveTo(x1, y1)
    pen.lineTo(x2, y2)
    outline(pen, 0.3, ink)
    pen.beginPath()
    pen.moveTo(x1, y1)
    pen.lineTo(x2, y2)
    outline(pen, 0.21, '#7b5138')
  }
  for (let stone = 0; stone < 12; stone += 1) {
    const angle = (stone / 12) * Math.PI * 2
    ellipse(pen, Math.cos(angle) * 0.98, Math.sin(angle) * 0.64, 0.22, 0.18, '#a5a4b0')
    outline(pen, 0.055)
  }
}

function flame(pen: Pen): void {
  const tongues = [
    [1, '#ff7a2f'],
    [0.7, '#ffb43f'],
    [0.4, '#fff2b0'],
  ] as const
  for (const [size, colour] of tongues) {
    softPath(pen, [
      [-0.3 * size, 0.1],
      [0.3 * size, 0.1],
      [0.42 * size, -0.4 * size],
      [0.06 * size, -0.7 * size],
      [0.04 * size, -1.45 * size],
      [-0.2 * size, -0.8 * size],
      [-0.44 * size, -0.4 * size],
    ])
    pen.fillStyle = colour
    pen.fill()
  }
}
