import type { Atlas, Pen } from './atlas.ts'
import { ellipse, ink, outline, path, slope, softPath } from './pen.ts'

/** Monsters look to the right. */
export function drawBeasts(atlas: Atlas): void {
  atlas.draw('slime', { left: 0.8, right: 0.8, up: 1.1, down: 0.2 }, slime)
  atlas.draw('boar', { left: 1.1, right: 1.15, up: 1.25, down: 0.1 }, boar)
  atlas.draw('wolf', { left: 1.3, right: 1.2, up: 1.4, down: 0.1 }, wolf)
  atlas.draw('troll', { left: 1.3, right: 1.3, up: 2.6, down: 0.15 }, troll)
  for (const [name, colour] of [
    ['leg-boar', '#5b4338'],
    ['leg-wolf', '#5d6675'],
    ['leg-troll', '#69777a'],
  ] as const) {
    atlas.draw(name, { left: 0.25, right: 0.25, up: 0.12, down: 0.5 }, (pen) => {
      softPath(pen, [
        [-0.12, -0.1],
        [0.12, -0.1],
        [0.14, 0.4],
        [-0.1, 0.4],
      ])
      pen.fillStyle = colour
      pen.fill()
      outline(pen, 0.05)
    })
  }
  atlas.draw('arm-troll', { left: 0.35, right: 0.35, up: 0.2, down: 1.15 }, (pen) => {
    softPath(pen, [
      [-0.2, -0.15],
      [0.2, -0.15],
      [0.24, 0.7],
      [0.3, 1.05],
      [-0.24, 1.05],
      [-0.2, 0.6],
    ])
    pen.fillStyle = slope(pen, 0, 1, '#8fa09c', '#6f807f')
    pen.fill()
    outline(pen, 0.06)
  })
}

function eye(pen: Pen, x: number, y: number, size: number, white = '#ffffff'): void {
  ellipse(pen, x, y, size, size * 1.25, white)
  outline(pen, 0.03)
  ellipse(pen, x + size * 0.35, y + size * 0.1, size * 0.5, size * 0.7, ink)
}

function slime(pen: Pen): void {
  softPath(pen, [
    [-0.3, -1.04],
    [0.34, -1.04],
    [0.78, -0.4],
    [0.78, 0.14],
    [-0.78, 0.14],
    [-0.78, -0.4],
  ])
  pen.fillStyle = slope(pen, -1, 0.1, '#c4f6a0', '#6fd08a', '#2f9d84')
  pen.fill()
  outline(pen, 0.06, '#1f5a55')
  ellipse(pen, -0.28, -0.68, 0.16, 0.1, 'rgba(255,255,255,0.75)')
  ellipse(pen, -0.42, -0.48, 0.06, 0.05, 'rgba(255,255,255,0.6)')
  ellipse(pen, 0.1, -0.4, 0.085, 0.13, '#173c3c')
  ellipse(pen, 0.46, -0.4, 0.085, 0.13, '#173c3c')
  ellipse(pen, 0.13, -0.45, 0.03, 0.04, '#ffffff')
  ellipse(pen, 0.49, -0.45, 0.03, 0.04, '#ffffff')
  pen.beginPath()
  pen.arc(0.28, -0.26, 0.11, 0.2, Math.PI - 0.2)
  outline(pen, 0.045, '#173c3c')
}

function boar(pen: Pen): void {
  softPath(pen, [
    [-0.95, -0.75],
    [-0.5, -1.1],
    [0.35, -1.12],
    [0.8, -0.85],
    [0.78, -0.25],
    [-0.7, -0.2],
    [-1, -0.4],
  ])
  pen.fillStyle = slope(pen, -1.1, -0.2, '#a07657', '#7d573f', '#66453a')
  pen.fill()
  outline(pen, 0.06)
  // The bristles of its back.
  path(pen, [
    [-0.7, -0.88],
    [-0.58, -1.16],
    [-0.42, -0.98],
    [-0.24, -1.22],
    [-0.06, -1.02],
    [0.14, -1.24],
    [0.34, -1],
    [0.1, -0.9],
  ])
  pen.fillStyle = '#4b342d'
  pen.fill()
  softPath(pen, [
    [0.35, -1],
    [0.85, -0.98],
    [1.1, -0.62],
    [1.08, -0.36],
    [0.7, -0.28],
    [0.35, -0.45],
  ])
  pen.fillStyle = '#936a4f'
  pen.fill()
  outline(pen, 0.06)
  ellipse(pen, 1.01, -0.5, 0.1, 0.15, '#d9a08d')
  outline(pen, 0.04)
  path(pen, [
    [0.78, -0.38],
    [0.98, -0.62],
    [0.9, -0.34],
  ])
  pen.fillStyle = '#fff6df'
  pen.fill()
  outline(pen, 0.035)
  path(pen, [
    [0.4, -0.95],
    [0.42, -1.22],
    [0.62, -0.98],
  ])
  pen.fillStyle = '#7d573f'
  pen.fill()
  outline(pen, 0.05)
  eye(pen, 0.72, -0.76, 0.07)
}

function wolf(pen: Pen): void {
  path(pen, [
    [-0.75, -0.8],
    [-1.2, -1.05],
    [-1.22, -0.62],
    [-0.75, -0.45],
  ])
  pen.fillStyle = '#79849a'
  pen.fill()
  outline(pen, 0.06)
  softPath(pen, [
    [-0.9, -0.75],
    [-0.5, -0.98],
    [0.35, -1.08],
    [0.7, -0.8],
    [0.55, -0.3],
    [-0.7, -0.25],
    [-0.95, -0.45],
  ])
  pen.fillStyle = slope(pen, -1, -0.25, '#8d99ad', '#747f94', '#c9cfd9')
  pen.fill()
  outline(pen, 0.06)
  softPath(pen, [
    [0.25, -1.15],
    [0.7, -1.2],
    [1.15, -0.82],
    [1.12, -0.62],
    [0.65, -0.55],
    [0.3, -0.7],
  ])
  pen.fillStyle = slope(pen, -1.2, -0.55, '#97a3b7', '#8591a6', '#dfe4ec')
  pen.fill()
  outline(pen, 0.06)
  for (const x of [0.32, 0.56]) {
    path(pen, [
      [x - 0.05, -1.05],
      [x + 0.04, -1.36],
      [x + 0.2, -1.05],
    ])
    pen.fillStyle = '#6a7589'
    pen.fill()
    outline(pen, 0.05)
  }
  ellipse(pen, 1.1, -0.78, 0.07, 0.06, ink)
  eye(pen, 0.72, -0.92, 0.065, '#ffe27a')
  path(pen, [
    [0.86, -0.6],
    [0.92, -0.48],
    [0.98, -0.61],
  ])
  pen.fillStyle = '#ffffff'
  pen.fill()
}

function troll(pen: Pen): void {
  softPath(pen, [
    [-0.7, -2],
    [0.6, -2],
    [1.1, -1.3],
    [0.95, -0.3],
    [-0.95, -0.3],
    [-1.1, -1.3],
  ])
  pen.fillStyle = slope(pen, -2, -0.3, '#9db0a8', '#7f918d', '#5f6f70')
  pen.fill()
  outline(pen, 0.07)
  ellipse(pen, 0.1, -0.95, 0.55, 0.5, 'rgba(215,225,205,0.35)')
  for (const [x, y, r] of [
    [-0.75, -1.75, 0.24],
    [-0.4, -2, 0.28],
    [-0.85, -1.35, 0.18],
  ] as const) {
    ellipse(pen, x, y, r, r * 0.8, '#6d9a58')
  }
  softPath(pen, [
    [-0.3, -2.45],
    [0.5, -2.45],
    [0.72, -2],
    [0.55, -1.6],
    [-0.2, -1.6],
    [-0.4, -2],
  ])
  pen.fillStyle = slope(pen, -2.4, -1.6, '#aebfb6', '#879a94')
  pen.fill()
  outline(pen, 0.07)
  eye(pen, 0.08, -2.02, 0.085, '#ffd25e')
  eye(pen, 0.45, -2.02, 0.085, '#ffd25e')
  path(pen, [
    [-0.08, -2.18],
    [0.22, -2.1],
    [0.62, -2.2],
    [0.6, -2.12],
    [0.24, -2.02],
    [-0.08, -2.1],
  ])
  pen.fillStyle = ink
  pen.fill()
  pen.beginPath()
  pen.arc(0.28, -1.68, 0.2, Math.PI + 0.4, -0.4)
  outline(pen, 0.06)
  for (const x of [0.14, 0.4]) {
    path(pen, [
      [x, -1.84],
      [x + 0.05, -1.98],
      [x + 0.1, -1.84],
    ])
    pen.fillStyle = '#fff6df'
    pen.fill()
  }
}
