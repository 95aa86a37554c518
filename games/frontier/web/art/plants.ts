import { hash } from '../shared/noise.ts'
import type { Atlas, Pen } from './atlas.ts'
import { ellipse, outline, path, slope, softPath } from './pen.ts'

/** Trees stand on their anchor; crown and trunk are apart so that crowns can sway. */
export function drawPlants(atlas: Atlas): void {
  const crown = { left: 1.9, right: 1.9, up: 3.1, down: 0.2 }
  atlas.draw('oak', crown, (pen) => leaves(pen, ['#3e7a43', '#579a4b', '#7cb958'], '#23492f'))
  atlas.draw('maple', crown, (pen) => leaves(pen, ['#b0492f', '#d9713a', '#f2a04a'], '#642a24'))
  atlas.draw('cherry', crown, (pen) => leaves(pen, ['#d982a4', '#f0a8c0', '#ffd3de'], '#7c3e5c'))
  atlas.draw('pine', { left: 1.4, right: 1.4, up: 3.9, down: 0.2 }, pine)
  atlas.draw('trunk', { left: 0.6, right: 0.6, up: 1.5, down: 0.3 }, trunk)
  atlas.draw('bush', { left: 0.9, right: 0.9, up: 1, down: 0.2 }, bush)
  atlas.draw('stump', { left: 0.6, right: 0.6, up: 0.6, down: 0.3 }, stump)
  atlas.draw('rock', { left: 1.15, right: 1.15, up: 1.15, down: 0.45 }, rock)
  atlas.draw('reeds', { left: 0.6, right: 0.6, up: 1.3, down: 0.15 }, reeds)
}

function leaves(pen: Pen, colours: readonly [string, string, string], edge: string): void {
  const clumps = [
    [-0.95, -1, 0.8],
    [0.95, -1, 0.8],
    [0, -0.8, 0.85],
    [-0.6, -1.75, 0.85],
    [0.6, -1.75, 0.85],
    [0, -2.2, 0.75],
  ] as const
  for (const [x, y, r] of clumps) {
    ellipse(pen, x, y, r, r * 0.9, edge)
    outline(pen, 0.12, edge)
  }
  for (const [x, y, r] of clumps) ellipse(pen, x, y, r, r * 0.9, colours[0])
  for (const [x, y, r] of clumps) ellipse(pen, x - 0.12, y - 0.16, r * 0.78, r * 0.68, colours[1])
  for (const [x, y, r] of clumps.slice(3)) {
    ellipse(pen, x - 0.25, y - 0.3, r * 0.45, r * 0.36, colours[2])
  }
  for (let leaf = 0; leaf < 46; leaf += 1) {
    const x = (hash(leaf, 1, 3) - 0.5) * 3
    const y = -0.5 - hash(leaf, 2, 3) * 2.2
    if (Math.hypot(x / 1.5, (y + 1.5) / 1.15) > 0.95) continue
    const colour = colours[leaf % 3 === 0 ? 2 : leaf % 3 === 1 ? 0 : 1]
    ellipse(pen, x, y, 0.07, 0.045, colour ?? edge)
  }
}

function pine(pen: Pen): void {
  const tiers = [
    [-0.35, 1.3, 1.5],
    [-1.3, 1.08, 1.4],
    [-2.2, 0.82, 1.45],
  ] as const
  for (const [bottom, half, height] of tiers) {
    path(pen, [
      [-half, bottom],
      [-half * 0.55, bottom - 0.12],
      [-half * 0.3, bottom + 0.1],
      [0.05, bottom - 0.08],
      [half * 0.4, bottom + 0.1],
      [half * 0.6, bottom - 0.12],
      [half, bottom],
      [0, bottom - height],
    ])
    pen.fillStyle = slope(pen, bottom - height, bottom, '#4f9a74', '#2f7560', '#235a50')
    pen.fill()
    outline(pen, 0.07, '#173f3b')
    path(pen, [
      [-half * 0.55, bottom - 0.3],
      [0, bottom - height + 0.12],
      [-half * 0.1, bottom - 0.4],
    ])
    pen.fillStyle = 'rgba(150,220,160,0.28)'
    pen.fill()
  }
}

function trunk(pen: Pen): void {
  softPath(pen, [
    [-0.2, -1.4],
    [0.2, -1.4],
    [0.22, -0.1],
    [0.46, 0.16],
    [0, 0.2],
    [-0.46, 0.16],
    [-0.22, -0.1],
  ])
  pen.fillStyle = slope(pen, -1.4, 0.2, '#5c4236', '#8a6448', '#6c4d3b')
  pen.fill()
  outline(pen, 0.06)
}

function bush(pen: Pen): void {
  const clumps = [
    [-0.45, -0.3, 0.36],
    [0.45, -0.3, 0.36],
    [0, -0.48, 0.44],
  ] as const
  for (const [x, y, r] of clumps) {
    ellipse(pen, x, y, r, r * 0.9, '#2c5a38')
    outline(pen, 0.1, '#2c5a38')
  }
  for (const [x, y, r] of clumps) ellipse(pen, x, y, r, r * 0.9, '#4f9048')
  for (const [x, y, r] of clumps) ellipse(pen, x - 0.08, y - 0.1, r * 0.65, r * 0.55, '#71b053')
  for (const [x, y] of [
    [-0.5, -0.25],
    [-0.1, -0.6],
    [0.25, -0.4],
    [0.5, -0.2],
    [0.02, -0.2],
  ] as const) {
    ellipse(pen, x, y, 0.065, 0.065, '#d8425a')
    ellipse(pen, x - 0.02, y - 0.02, 0.02, 0.02, '#ffd9dd')
  }
}

function stump(pen: Pen): void {
  softPath(pen, [
    [-0.36, -0.4],
    [0.36, -0.4],
    [0.42, 0],
    [0.5, 0.16],
    [-0.5, 0.16],
    [-0.42, 0],
  ])
  pen.fillStyle = '#7a573f'
  pen.fill()
  outline(pen, 0.06)
  ellipse(pen, 0, -0.33, 0.36, 0.17, '#d9b27c')
  outline(pen, 0.05)
  ellipse(pen, 0, -0.33, 0.2, 0.09, '#c2945f')
}

function rock(pen: Pen): void {
  path(pen, [
    [-1, 0.22],
    [-0.95, -0.3],
    [-0.45, -0.85],
    [0.2, -0.98],
    [0.8, -0.55],
    [1.02, 0.1],
    [0.6, 0.34],
    [-0.5, 0.36],
  ])
  pen.fillStyle = slope(pen, -1, 0.35, '#bfc1cb', '#9092a2', '#6d6f82')
  pen.fill()
  outline(pen, 0.07)
  path(pen, [
    [-0.45, -0.83],
    [0.2, -0.95],
    [0.3, -0.5],
    [-0.2, -0.3],
    [-0.6, -0.42],
  ])
  pen.fillStyle = 'rgba(255,255,255,0.3)'
  pen.fill()
  ellipse(pen, -0.5, 0.14, 0.36, 0.14, '#7ea257')
  ellipse(pen, -0.2, 0.2, 0.26, 0.1, '#92b565')
}

function reeds(pen: Pen): void {
  for (let blade = 0; blade < 7; blade += 1) {
    const x = -0.36 + blade * 0.12
    const lean = (hash(blade, 4, 9) - 0.5) * 0.4
    const height = 0.6 + hash(blade, 5, 9) * 0.55
    pen.beginPath()
    pen.moveTo(x, 0.05)
    pen.quadraticCurveTo(x, -height * 0.6, x + lean, -height)
    outline(pen, 0.09, '#3f7a4d')
    pen.beginPath()
    pen.moveTo(x, 0.05)
    pen.quadraticCurveTo(x, -height * 0.6, x + lean, -height)
    outline(pen, 0.05, blade % 2 === 0 ? '#8fbf5f' : '#6aa857')
    if (blade % 3 === 1) ellipse(pen, x + lean, -height, 0.06, 0.15, '#7b5236')
  }
}
