import type { Atlas, Pen } from './atlas.ts'
import { ellipse, glow, outline, path, slope, softPath } from './pen.ts'

/** Things on the ground and marks: shadows, sparks, light. */
export function drawThings(atlas: Atlas): void {
  const small = { left: 0.5, right: 0.5, up: 0.6, down: 0.4 }
  atlas.draw('gold', small, gold)
  atlas.draw('potion', small, potion)
  atlas.draw('gem', small, gem)
  atlas.draw('pelt', small, pelt)
  atlas.draw('herb', small, herb)
  const one = { left: 1, right: 1, up: 1, down: 1 }
  atlas.draw('shadow', one, (pen) => {
    const colour = glow(pen, 0, 0, 1, 'rgba(25,20,45,0.62)', 'rgba(25,20,45,0)')
    ellipse(pen, 0, 0, 1, 1, colour)
  })
  atlas.draw('light', { left: 2, right: 2, up: 2, down: 2 }, (pen) => {
    const colour = pen.createRadialGradient(0, 0, 0, 0, 0, 2)
    colour.addColorStop(0, 'rgba(255,255,255,1)')
    colour.addColorStop(0.25, 'rgba(255,255,255,0.5)')
    colour.addColorStop(0.6, 'rgba(255,255,255,0.12)')
    colour.addColorStop(1, 'rgba(255,255,255,0)')
    ellipse(pen, 0, 0, 2, 2, colour)
  })
  atlas.draw('dot', { left: 0.5, right: 0.5, up: 0.5, down: 0.5 }, (pen) => {
    ellipse(pen, 0, 0, 0.4, 0.4, '#ffffff')
  })
  atlas.draw('puff', one, (pen) => {
    for (const [x, y, r] of [
      [-0.3, 0.1, 0.5],
      [0.35, 0.15, 0.45],
      [0, -0.3, 0.5],
    ] as const) {
      ellipse(pen, x, y, r, r, '#ffffff')
    }
  })
  atlas.draw('petal', { left: 0.2, right: 0.2, up: 0.2, down: 0.2 }, (pen) => {
    ellipse(pen, 0, 0, 0.15, 0.08, '#ffffff')
  })
  atlas.draw('ripple', { left: 0.8, right: 0.8, up: 0.3, down: 0.3 }, ripple)
  atlas.draw('slash', { left: 0.2, right: 1.3, up: 1.3, down: 1.3 }, slash)
  atlas.draw('ring', one, (pen) => {
    ellipse(pen, 0, 0, 0.85, 0.85, 'rgba(255,255,255,0)')
    outline(pen, 0.12, '#ffffff')
  })
  atlas.draw('bar', { left: 0.7, right: 0.7, up: 0.12, down: 0.12 }, (pen) => {
    pen.beginPath()
    pen.roundRect(-0.68, -0.1, 1.36, 0.2, 0.1)
    pen.fillStyle = '#ffffff'
    pen.fill()
  })
}

function gold(pen: Pen): void {
  for (const [x, y] of [
    [-0.16, 0.12],
    [0.18, 0.14],
    [0.02, -0.04],
  ] as const) {
    ellipse(pen, x, y + 0.05, 0.22, 0.15, '#b9792a')
    outline(pen, 0.045)
    ellipse(pen, x, y, 0.22, 0.15, slope(pen, y - 0.15, y + 0.15, '#fff0a0', '#f2b63c'))
    outline(pen, 0.04)
  }
}

function potion(pen: Pen): void {
  softPath(pen, [
    [-0.1, -0.34],
    [0.1, -0.34],
    [0.12, -0.1],
    [0.34, 0.1],
    [0.26, 0.34],
    [-0.26, 0.34],
    [-0.34, 0.1],
    [-0.12, -0.1],
  ])
  pen.fillStyle = slope(pen, -0.4, 0.35, '#e9f4ff', '#ff7d8b', '#d83a55')
  pen.fill()
  outline(pen, 0.05)
  pen.fillStyle = '#a5754a'
  pen.fillRect(-0.1, -0.45, 0.2, 0.14)
  ellipse(pen, -0.1, 0.1, 0.06, 0.09, 'rgba(255,255,255,0.8)')
}

function gem(pen: Pen): void {
  path(pen, [
    [-0.3, -0.12],
    [-0.14, -0.32],
    [0.14, -0.32],
    [0.3, -0.12],
    [0, 0.3],
  ])
  pen.fillStyle = slope(pen, -0.3, 0.3, '#ff9ab0', '#e0325f', '#8f1746')
  pen.fill()
  outline(pen, 0.05)
  path(pen, [
    [-0.12, -0.12],
    [0, -0.3],
    [0.12, -0.12],
    [0, 0.24],
  ])
  pen.fillStyle = 'rgba(255,255,255,0.4)'
  pen.fill()
}

function pelt(pen: Pen): void {
  softPath(pen, [
    [-0.4, -0.3],
    [-0.1, -0.22],
    [0.1, -0.22],
    [0.4, -0.3],
    [0.26, 0],
    [0.4, 0.3],
    [0, 0.2],
    [-0.4, 0.3],
    [-0.26, 0],
  ])
  pen.fillStyle = slope(pen, -0.3, 0.3, '#b58a66', '#7d5a45')
  pen.fill()
  outline(pen, 0.05)
}

function herb(pen: Pen): void {
  for (const turn of [-0.7, 0, 0.7]) {
    pen.save()
    pen.translate(0, 0.28)
    pen.rotate(turn)
    ellipse(pen, 0, -0.3, 0.12, 0.28, turn === 0 ? '#a9d8f0' : '#7fc0d8')
    outline(pen, 0.045)
    pen.restore()
  }
  ellipse(pen, 0, 0.26, 0.1, 0.08, '#d8b36a')
}

function ripple(pen: Pen): void {
  pen.beginPath()
  pen.ellipse(0, 0.14, 0.6, 0.22, 0, Math.PI + 0.35, -0.35)
  outline(pen, 0.07, '#ffffff')
}

function slash(pen: Pen): void {
  pen.beginPath()
  pen.arc(0, 0, 1.2, -1.1, 1.1)
  pen.arc(-0.35, 0, 1.2, 0.93, -0.93, true)
  pen.closePath()
  const colour = pen.createRadialGradient(0, 0, 0.7, 0, 0, 1.25)
  colour.addColorStop(0, 'rgba(255,255,255,0.1)')
  colour.addColorStop(1, 'rgba(255,255,255,1)')
  pen.fillStyle = colour
  pen.fill()
}
