import type { Atlas, Pen } from './atlas.ts'
import { ellipse, outline, path, slope } from './pen.ts'

/** Weapons point to the right, the hand is at the origin. */
export function drawWeapons(atlas: Atlas): void {
  const paints = [stick, sword, axe, spear, ember]
  paints.forEach((paint, number) => {
    atlas.draw(`weapon${number}`, { left: 0.7, right: 1.5, up: 0.4, down: 0.4 }, paint)
  })
}

function shaft(pen: Pen, from: number, to: number, colour: string, width = 0.1): void {
  path(pen, [
    [from, -width / 2],
    [to, -width / 2],
    [to, width / 2],
    [from, width / 2],
  ])
  pen.fillStyle = colour
  pen.fill()
  outline(pen, 0.045)
}

function stick(pen: Pen): void {
  shaft(pen, -0.22, 0.85, '#a5754a', 0.12)
  ellipse(pen, 0.88, 0, 0.12, 0.11, '#b98757')
  outline(pen, 0.045)
}

function blade(pen: Pen, length: number, light: string, dark: string): void {
  path(pen, [
    [0.16, -0.09],
    [length - 0.16, -0.09],
    [length, 0],
    [length - 0.16, 0.09],
    [0.16, 0.09],
  ])
  pen.fillStyle = slope(pen, -0.1, 0.1, light, dark)
  pen.fill()
  outline(pen, 0.045)
  path(pen, [
    [0.12, -0.2],
    [0.2, -0.2],
    [0.2, 0.2],
    [0.12, 0.2],
  ])
  pen.fillStyle = '#d8a84a'
  pen.fill()
  outline(pen, 0.04)
}

function sword(pen: Pen): void {
  shaft(pen, -0.2, 0.14, '#7a4a35')
  blade(pen, 1.1, '#ffffff', '#aab6c8')
}

function axe(pen: Pen): void {
  shaft(pen, -0.3, 1, '#8d6240')
  path(pen, [
    [0.66, -0.06],
    [0.56, 0.34],
    [0.86, 0.38],
    [1.1, 0.28],
    [0.98, -0.06],
  ])
  pen.fillStyle = slope(pen, 0, 0.38, '#8e9aac', '#e8eef5')
  pen.fill()
  outline(pen, 0.045)
}

function spear(pen: Pen): void {
  shaft(pen, -0.65, 1.05, '#93694a', 0.08)
  path(pen, [
    [1, -0.13],
    [1.45, 0],
    [1, 0.13],
    [0.94, 0],
  ])
  pen.fillStyle = '#e9f1fb'
  pen.fill()
  outline(pen, 0.045)
}

function ember(pen: Pen): void {
  shaft(pen, -0.24, 0.14, '#4a2b3c')
  blade(pen, 1.3, '#ffe08a', '#ff6a3a')
}
