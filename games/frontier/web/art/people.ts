import type { Atlas, Pen } from './atlas.ts'
import { ellipse, ink, outline, path, slope, softPath } from './pen.ts'

/** Parts of people. What is tinted later is painted in white and greys. */
export function drawPeople(atlas: Atlas): void {
  const round = (size: number) => ({ left: size, right: size, up: size, down: size })
  atlas.draw('foot', round(0.22), (pen) => {
    ellipse(pen, 0, 0, 0.15, 0.11, '#5a4334')
    outline(pen, 0.045)
  })
  atlas.draw('hand', round(0.18), (pen) => {
    ellipse(pen, 0, 0, 0.12, 0.12, '#ffffff')
    outline(pen, 0.045)
  })
  atlas.draw('tunic', { left: 0.5, right: 0.5, up: 1, down: 0.15 }, tunic)
  atlas.draw('head', round(0.48), (pen) => {
    ellipse(pen, 0, 0, 0.39, 0.37, slope(pen, -0.4, 0.4, '#ffffff', '#fff', '#e8d8d4'))
    outline(pen)
  })
  atlas.draw('face', round(0.34), face)
  hairs.forEach((paint, index) => {
    atlas.draw(`hair${index}`, { left: 0.62, right: 0.62, up: 0.72, down: 0.62 }, (pen) => {
      paint(pen)
    })
  })
  atlas.draw('nape', round(0.5), (pen) => {
    ellipse(pen, 0, -0.02, 0.4, 0.385, slope(pen, -0.4, 0.4, '#ffffff', '#cfcad6'))
    outline(pen)
  })
  drawHats(atlas)
}

function tunic(pen: Pen): void {
  softPath(pen, [
    [-0.2, -0.92],
    [0.2, -0.92],
    [0.34, -0.8],
    [0.42, 0.06],
    [-0.42, 0.06],
    [-0.34, -0.8],
  ])
  pen.fillStyle = slope(pen, -0.9, 0.1, '#ffffff', '#ffffff', '#bdb4c6')
  pen.fill()
  outline(pen)
  pen.save()
  pen.clip()
  pen.fillStyle = '#5b4436'
  pen.fillRect(-0.5, -0.34, 1, 0.12)
  pen.fillStyle = '#e9bf5a'
  pen.fillRect(-0.07, -0.36, 0.14, 0.16)
  pen.fillStyle = 'rgba(30,20,50,0.13)'
  pen.fillRect(0.14, -1, 0.4, 1.2)
  pen.restore()
}

function face(pen: Pen): void {
  for (const side of [-1, 1]) {
    ellipse(pen, side * 0.135, 0, 0.055, 0.085, ink)
    ellipse(pen, side * 0.135 + 0.018, -0.03, 0.02, 0.028, '#ffffff')
    ellipse(pen, side * 0.215, 0.105, 0.06, 0.035, 'rgba(240,110,110,0.5)')
  }
  pen.beginPath()
  pen.arc(0, 0.085, 0.05, 0.25, Math.PI - 0.25)
  outline(pen, 0.03, '#7a3d3d')
}

function shade(pen: Pen): void {
  pen.fillStyle = slope(pen, -0.45, 0.3, '#ffffff', '#d6d0de')
  pen.fill()
  outline(pen)
}

/** Hair as seen from the front, over the head. */
const hairs: readonly ((pen: Pen) => void)[] = [
  (pen) => {
    softPath(pen, [
      [-0.46, 0.02],
      [-0.44, -0.48],
      [0.44, -0.48],
      [0.46, 0.02],
      [0.34, -0.14],
      [0.12, -0.16],
      [-0.1, -0.06],
      [-0.32, -0.12],
    ])
    shade(pen)
  },
  (pen) => {
    softPath(pen, [
      [-0.5, 0.42],
      [-0.5, -0.5],
      [0.5, -0.5],
      [0.5, 0.42],
      [0.34, 0.3],
      [0.3, -0.14],
      [0, -0.2],
      [-0.3, -0.14],
      [-0.34, 0.3],
    ])
    shade(pen)
  },
  (pen) => {
    path(pen, [
      [-0.44, 0.02],
      [-0.52, -0.22],
      [-0.36, -0.28],
      [-0.36, -0.56],
      [-0.1, -0.42],
      [0.08, -0.64],
      [0.2, -0.4],
      [0.46, -0.5],
      [0.38, -0.24],
      [0.52, -0.16],
      [0.42, 0.02],
      [0.26, -0.14],
      [0.06, -0.08],
      [-0.16, -0.16],
      [-0.3, -0.06],
    ])
    shade(pen)
  },
  (pen) => {
    ellipse(pen, 0, -0.5, 0.17, 0.16, '#e6e0ea')
    outline(pen)
    softPath(pen, [
      [-0.45, 0],
      [-0.42, -0.5],
      [0.42, -0.5],
      [0.45, 0],
      [0.2, -0.22],
      [-0.2, -0.22],
    ])
    shade(pen)
  },
]
export const hairCount = hairs.length

function drawHats(atlas: Atlas): void {
  const extent = { left: 0.75, right: 0.75, up: 1, down: 0.4 }
  atlas.draw('hat1', extent, (pen) => {
    ellipse(pen, 0, -0.14, 0.62, 0.2, '#e7c878')
    outline(pen)
    softPath(pen, [
      [-0.36, -0.16],
      [-0.3, -0.56],
      [0.3, -0.56],
      [0.36, -0.16],
      [0, -0.08],
    ])
    pen.fillStyle = slope(pen, -0.6, 0, '#f6dd97', '#dcb862')
    pen.fill()
    outline(pen)
    path(pen, [
      [-0.32, -0.26],
      [0.32, -0.26],
      [0.34, -0.16],
      [-0.34, -0.16],
    ])
    pen.fillStyle = '#b5483f'
    pen.fill()
  })
  atlas.draw('hat2', extent, (pen) => {
    ellipse(pen, 0, -0.15, 0.56, 0.17, '#ffffff')
    outline(pen)
    path(pen, [
      [-0.36, -0.18],
      [-0.16, -0.62],
      [0.24, -0.92],
      [0.16, -0.6],
      [0.36, -0.18],
    ])
    pen.fillStyle = slope(pen, -0.9, -0.1, '#ffffff', '#d2ccdc')
    pen.fill()
    outline(pen)
  })
  atlas.draw('hat3', extent, (pen) => {
    softPath(pen, [
      [-0.48, 0.12],
      [-0.46, -0.52],
      [0.46, -0.52],
      [0.48, 0.12],
      [0.34, -0.12],
      [0, -0.18],
      [-0.34, -0.12],
    ])
    pen.fillStyle = slope(pen, -0.5, 0.1, '#e6ebf2', '#98a3b5')
    pen.fill()
    outline(pen)
    path(pen, [
      [-0.05, -0.44],
      [0.05, -0.44],
      [0.05, 0.06],
      [-0.05, 0.06],
    ])
    pen.fillStyle = '#cbb26a'
    pen.fill()
    outline(pen, 0.03)
  })
}
/** 0 is bare. Hat 2 is tinted like the tunic. */
export const hatCount = 4
