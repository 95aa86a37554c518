import { ellipse, outline } from '../art/pen.ts'
import { hash, mix, smooth } from '../shared/noise.ts'
import { village } from '../shared/rules.ts'
import {
  autumn,
  bloom,
  forest,
  meadow,
  onBridge,
  roadHalf,
  roadX,
  roadY,
  trodden,
  villageDistance,
  waterDepth,
} from '../shared/terrain.ts'

/** Edge of a square of ground that is painted at once, in metres. */
export const chunkEdge = 16
/** Pixels per metre of the painted ground, and of the colours under it. */
export const groundScale = 32
const colourScale = 8

type Pen = CanvasRenderingContext2D
type Colour = readonly [number, number, number]

const grass: Colour = [126, 186, 88]
const lush: Colour = [108, 170, 80]
const sunny: Colour = [152, 203, 102]
const moss: Colour = [84, 142, 78]
const rust: Colour = [196, 174, 86]
const earth: Colour = [216, 182, 130]
const earthDark: Colour = [196, 158, 106]
const sand: Colour = [234, 216, 164]
const wetSand: Colour = [205, 186, 138]
const shallow: Colour = [122, 209, 212]
const water: Colour = [72, 170, 202]
const deep: Colour = [46, 128, 178]
const foam: Colour = [238, 252, 246]

const side = chunkEdge * colourScale
const colours = document.createElement('canvas')
colours.width = side + 2
colours.height = side + 2

/** Paints the chunk whose north-west corner is (left, top). */
export function paintChunk(left: number, top: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = chunkEdge * groundScale
  canvas.height = chunkEdge * groundScale
  const pen = canvas.getContext('2d') as Pen
  paintColours(left, top)
  pen.imageSmoothingEnabled = true
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(colours, 1, 1, side, side, 0, 0, canvas.width, canvas.height)
  pen.scale(groundScale, groundScale)
  pen.translate(-left, -top)
  pen.lineJoin = 'round'
  pen.lineCap = 'round'
  // Marks reach over the edge, so the neighbours' outermost ones are painted too.
  for (let y = top - 1; y <= top + chunkEdge; y += 1) {
    for (let x = left - 1; x <= left + chunkEdge; x += 1) paintMarks(pen, x, y)
  }
  paintSquare(pen, left, top)
  paintBridges(pen, left, top)
  return canvas
}

function paintColours(left: number, top: number): void {
  const pen = colours.getContext('2d') as Pen
  const image = pen.createImageData(side + 2, side + 2)
  const rgb: [number, number, number] = [0, 0, 0]
  for (let row = 0; row < side + 2; row += 1) {
    for (let column = 0; column < side + 2; column += 1) {
      colourAt(left + (column - 0.5) / colourScale, top + (row - 0.5) / colourScale, rgb)
      const at = (row * (side + 2) + column) * 4
      image.data[at] = rgb[0]
      image.data[at + 1] = rgb[1]
      image.data[at + 2] = rgb[2]
      image.data[at + 3] = 255
    }
  }
  pen.putImageData(image, 0, 0)
}

/** The colour of the ground at a place, written into `rgb`. */
export function colourAt(x: number, y: number, rgb: [number, number, number]): void {
  const depth = waterDepth(x, y)
  if (depth > 0) {
    set(rgb, shallow)
    blend(rgb, water, smooth(0.2, 1.4, depth))
    blend(rgb, deep, smooth(1.2, 5, depth))
    blend(rgb, foam, 0.75 * smooth(0.3, 0.04, depth))
    return
  }
  const tone = meadow(x, y)
  set(rgb, grass)
  blend(rgb, lush, smooth(0.47, 0.43, tone))
  blend(rgb, sunny, smooth(0.6, 0.635, tone))
  blend(rgb, moss, 0.8 * forest(x, y))
  blend(rgb, rust, 0.75 * autumn(x, y))
  const bare = trodden(x, y)
  if (bare > 0) {
    // A darker seam where grass and earth meet.
    blend(rgb, earthDark, smooth(0.28, 0.42, bare))
    blend(rgb, earth, smooth(0.6, 0.74, bare))
  }
  blend(rgb, sand, smooth(-1.35, -1.1, depth) * (1 - bare * 0.6))
  blend(rgb, wetSand, smooth(-0.5, -0.2, depth))
  blend(rgb, foam, 0.75 * smooth(-0.2, 0, depth))
}

function set(rgb: [number, number, number], [r, g, b]: Colour): void {
  rgb[0] = r
  rgb[1] = g
  rgb[2] = b
}

function blend(rgb: [number, number, number], [r, g, b]: Colour, part: number): void {
  if (part <= 0) return
  rgb[0] = mix(rgb[0], r, part)
  rgb[1] = mix(rgb[1], g, part)
  rgb[2] = mix(rgb[2], b, part)
}

/** Grass, flowers, leaves and pebbles in the square metre at (column, row). */
function paintMarks(pen: Pen, column: number, row: number): void {
  const chance = hash(column, row, 101)
  const x = column + hash(column, row, 102)
  const y = row + hash(column, row, 103)
  const depth = waterDepth(x, y)
  if (depth > -0.4) return
  const bare = trodden(x, y)
  if (bare > 0.25 || depth > -1.3) {
    if (chance < 0.2) pebble(pen, x, y, 0.05 + chance * 0.3, depth > -1.3)
    return
  }
  const flowers = bloom(x, y)
  if (chance < 0.12 + flowers * 0.6) flowerPatch(pen, x, y, column, row)
  else if (chance < 0.5) tuft(pen, x, y, column, row, forest(x, y))
  else if (chance > 0.9 && autumn(x, y) > 0.4) fallenLeaf(pen, x, y, chance)
  else if (chance > 0.955 && forest(x, y) > 0.4) mushroom(pen, x, y)
}

function pebble(pen: Pen, x: number, y: number, size: number, onSand: boolean): void {
  ellipse(pen, x, y + size * 0.3, size * 1.1, size * 0.7, 'rgba(90,60,40,0.25)')
  ellipse(pen, x, y, size, size * 0.7, onSand ? '#f3ead0' : '#c9b08a')
}

function tuft(pen: Pen, x: number, y: number, column: number, row: number, wood: number): void {
  pen.strokeStyle = wood > 0.4 ? 'rgba(50,98,60,0.7)' : 'rgba(86,146,64,0.75)'
  pen.lineWidth = 0.05
  pen.beginPath()
  for (let blade = -1; blade <= 1; blade += 1) {
    const height = 0.18 + hash(column, row, 110 + blade) * 0.2
    pen.moveTo(x + blade * 0.07, y)
    pen.quadraticCurveTo(x + blade * 0.08, y - height * 0.6, x + blade * 0.17, y - height)
  }
  pen.stroke()
}

const petals = ['#ffffff', '#ffe27a', '#f7a8c4', '#c3a6f0', '#ff9d6b']

function flowerPatch(pen: Pen, x: number, y: number, column: number, row: number): void {
  const colour = petals[Math.floor(hash(column >> 2, row >> 2, 121) * petals.length)] ?? '#ffffff'
  const count = 1 + Math.floor(hash(column, row, 122) * 3)
  for (let flower = 0; flower < count; flower += 1) {
    const at = x + (hash(column, row, 130 + flower) - 0.5) * 0.8
    const up = y + (hash(column, row, 140 + flower) - 0.5) * 0.8
    ellipse(pen, at, up + 0.1, 0.1, 0.05, 'rgba(40,90,40,0.3)')
    for (let petal = 0; petal < 5; petal += 1) {
      const angle = (petal / 5) * Math.PI * 2
      ellipse(pen, at + Math.cos(angle) * 0.07, up + Math.sin(angle) * 0.06, 0.05, 0.045, colour)
    }
    ellipse(pen, at, up, 0.04, 0.035, colour === '#ffe27a' ? '#c9822e' : '#ffc94a')
  }
}

function fallenLeaf(pen: Pen, x: number, y: number, chance: number): void {
  pen.save()
  pen.translate(x, y)
  pen.rotate(chance * 60)
  ellipse(pen, 0, 0, 0.12, 0.06, chance > 0.95 ? '#d9713a' : '#c0502f')
  pen.restore()
}

function mushroom(pen: Pen, x: number, y: number): void {
  ellipse(pen, x, y, 0.05, 0.1, '#f6ead0')
  ellipse(pen, x, y - 0.1, 0.13, 0.09, '#d84a3f')
  ellipse(pen, x - 0.04, y - 0.12, 0.025, 0.02, '#ffffff')
}

/** The stones of the village square, in rings around the fire. */
function paintSquare(pen: Pen, left: number, top: number): void {
  const near = Math.hypot(left + chunkEdge / 2 - village.x, top + chunkEdge / 2 - village.y)
  if (near > village.radius + chunkEdge) return
  for (let ring = 2; ring < 11; ring += 1) {
    const radius = ring * 0.95
    const stones = Math.round((radius * Math.PI * 2) / 1.15)
    for (let stone = 0; stone < stones; stone += 1) {
      const chance = hash(ring, stone, 151)
      if (chance < (ring - 3) * 0.1) continue
      const angle = ((stone + (ring % 2) * 0.5) / stones) * Math.PI * 2
      const x = village.x + Math.cos(angle) * radius
      const y = village.y + Math.sin(angle) * radius
      if (villageDistance(x, y) > 11) continue
      pen.save()
      pen.translate(x, y)
      pen.rotate(angle)
      const light = Math.round(176 + chance * 34)
      pen.beginPath()
      pen.roundRect(-0.38, -0.46, 0.76, 0.92, 0.22)
      pen.fillStyle = `rgb(${light},${light - 8},${light - 14})`
      pen.fill()
      outline(pen, 0.06, 'rgba(120,92,70,0.55)')
      pen.restore()
    }
  }
}

function paintBridges(pen: Pen, left: number, top: number): void {
  const reach = chunkEdge + 3
  for (let x = Math.floor((left - 3) / 0.45) * 0.45; x < left + reach; x += 0.45) {
    const y = roadY(x)
    if (y > top - 3 && y < top + reach && onBridge(x, y)) plank(pen, x, y, 0)
  }
  for (let y = Math.floor((top - 3) / 0.45) * 0.45; y < top + reach; y += 0.45) {
    const x = roadX(y)
    if (x > left - 3 && x < left + reach && onBridge(x, y)) plank(pen, x, y, Math.PI / 2)
  }
}

function plank(pen: Pen, x: number, y: number, turn: number): void {
  const half = roadHalf + 0.3
  pen.save()
  pen.translate(x, y)
  pen.rotate(turn)
  pen.beginPath()
  pen.rect(-0.2, -half, 0.4, half * 2)
  const chance = hash(Math.round(x * 10), Math.round(y * 10), 161)
  pen.fillStyle = chance < 0.4 ? '#b98a57' : chance < 0.75 ? '#ad7d4c' : '#c4965f'
  pen.fill()
  outline(pen, 0.05, '#6c4a35')
  for (const edge of [-half, half - 0.22]) {
    pen.beginPath()
    pen.rect(-0.24, edge, 0.48, 0.22)
    pen.fillStyle = '#8a6040'
    pen.fill()
    outline(pen, 0.05, '#54382b')
  }
  pen.restore()
}
