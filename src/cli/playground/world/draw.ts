import type { WorldDescriptor } from '../../../protocol/index.ts'
import type { AnyEntity } from '../realm.ts'
import type { Camera } from './camera.ts'
import type { Palette } from './palette.ts'

const labelsMax = 150
const gridPixelsMin = 7
const dotRadius = 5

export interface Scene {
  readonly world: WorldDescriptor
  readonly camera: Camera
  readonly palette: Palette
  readonly entities: readonly AnyEntity[]
  readonly me: number
  readonly selected: number
  /** Under the pointer; 0 for none. */
  readonly hovered: number
  readonly hidden: ReadonlySet<string>
  /** An entity is being chosen for a form. */
  readonly picking: boolean
}

export function drawScene(pen: CanvasRenderingContext2D, scene: Scene): void {
  drawGround(pen, scene)
  const shown = visible(scene)
  drawView(pen, scene)
  // The player's own avatar lies on top.
  shown.sort((a, b) => Number(a.id === scene.me) - Number(b.id === scene.me))
  for (const entity of shown) drawEntity(pen, scene, entity)
  drawLabels(pen, scene, shown)
}

/** Names where there is room for them: first what matters, then whoever has a name of its own. */
function drawLabels(
  pen: CanvasRenderingContext2D,
  scene: Scene,
  shown: readonly AnyEntity[],
): void {
  const { me, selected, hovered } = scene
  const rank = (entity: AnyEntity): number => {
    const { id } = entity
    if (id === hovered || id === selected) return 0
    return id === me ? 1 : labelOf(scene.world, entity) === entity.kind ? 3 : 2
  }
  const ranked = shown
    .map((entity) => ({ entity, rank: rank(entity) }))
    .filter(({ rank }) => rank < 3)
  ranked.sort((a, b) => a.rank - b.rank)
  const taken: Box[] = []
  for (const { entity, rank } of ranked.slice(0, labelsMax)) {
    drawLabel(pen, scene, entity, taken, rank < 2)
  }
}

/** Left, top, right, bottom. */
type Box = readonly [number, number, number, number]

function visible({ camera, entities, hidden }: Scene): AnyEntity[] {
  const [left, top] = camera.toWorld(-20, -20)
  const [right, bottom] = camera.toWorld(camera.width + 20, camera.height + 20)
  return entities.filter(
    ({ x, y, kind }) => x >= left && x <= right && y >= top && y <= bottom && !hidden.has(kind),
  )
}

function drawGround(pen: CanvasRenderingContext2D, { world, camera, palette }: Scene): void {
  pen.fillStyle = palette.outside
  pen.fillRect(0, 0, camera.width, camera.height)
  const [left, top] = camera.toScreen(0, 0)
  const width = world.width * camera.scale
  const height = world.height * camera.scale
  pen.fillStyle = palette.ground
  pen.fillRect(left, top, width, height)
  drawGrid(pen, { world, camera, palette })
  pen.strokeStyle = palette.edge
  pen.lineWidth = 1
  pen.strokeRect(Math.round(left) + 0.5, Math.round(top) + 0.5, width, height)
}

function drawGrid(
  pen: CanvasRenderingContext2D,
  { world, camera, palette }: Pick<Scene, 'world' | 'camera' | 'palette'>,
): void {
  let edge = world.tileEdge
  if (!(edge > 0)) return
  // Far away, every second, fourth … line is enough.
  while (edge * camera.scale < gridPixelsMin) edge *= 4
  const [left, top] = camera.toWorld(0, 0)
  const [right, bottom] = camera.toWorld(camera.width, camera.height)
  const [startX, startY] = camera.toScreen(0, 0)
  const [endX, endY] = camera.toScreen(world.width, world.height)
  pen.beginPath()
  for (
    let x = Math.max(0, Math.floor(left / edge) * edge);
    x <= Math.min(world.width, right);
    x += edge
  ) {
    const at = Math.round(camera.toScreen(x, 0)[0]) + 0.5
    pen.moveTo(at, Math.max(0, startY))
    pen.lineTo(at, Math.min(camera.height, endY))
  }
  for (
    let y = Math.max(0, Math.floor(top / edge) * edge);
    y <= Math.min(world.height, bottom);
    y += edge
  ) {
    const at = Math.round(camera.toScreen(0, y)[1]) + 0.5
    pen.moveTo(Math.max(0, startX), at)
    pen.lineTo(Math.min(camera.width, endX), at)
  }
  pen.strokeStyle = palette.grid
  pen.lineWidth = 1
  pen.stroke()
}

/** How far the player sees. */
function drawView(pen: CanvasRenderingContext2D, scene: Scene): void {
  const { camera, palette, world, entities } = scene
  const me = entities.find(({ id }) => id === scene.me)
  if (me === undefined) return
  pen.beginPath()
  pen.arc(...camera.toScreen(me.x, me.y), world.viewRadius * camera.scale, 0, 7)
  pen.globalAlpha = 0.05
  pen.fillStyle = palette.accent
  pen.fill()
  pen.globalAlpha = 0.55
  pen.strokeStyle = palette.accent
  pen.lineWidth = 1.25
  pen.setLineDash([5, 5])
  pen.stroke()
  pen.setLineDash([])
  pen.globalAlpha = 1
}

function radiusOf(camera: Camera): number {
  return Math.max(2.5, Math.min(8, dotRadius * Math.sqrt(camera.scale / 4)))
}

function drawEntity(pen: CanvasRenderingContext2D, scene: Scene, entity: AnyEntity): void {
  const { camera, palette, world } = scene
  const [x, y] = camera.toScreen(entity.x, entity.y)
  const index = world.entities.findIndex(({ name }) => name === entity.kind)
  const own = entity.id === scene.me
  const radius = radiusOf(camera) * (own ? 1.25 : 1)
  const facing = facingOf(scene, index, entity)
  pen.fillStyle = palette.kind(Math.max(0, index))
  if (facing !== undefined && camera.scale > 2) {
    pen.strokeStyle = pen.fillStyle
    pen.lineWidth = 2
    pen.beginPath()
    pen.moveTo(x, y)
    pen.lineTo(x + Math.cos(facing) * radius * 1.9, y + Math.sin(facing) * radius * 1.9)
    pen.stroke()
  }
  pen.beginPath()
  pen.arc(x, y, radius, 0, 7)
  pen.fill()
  pen.lineWidth = 1.5
  pen.strokeStyle = palette.ground
  pen.stroke()
  if (own) ring(pen, x, y, radius + 3.5, palette.accent)
  if (entity.id === scene.selected) ring(pen, x, y, radius + 6.5, palette.ink)
  else if (scene.picking) ring(pen, x, y, radius + 4, palette.soft)
}

function ring(pen: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string) {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 7)
  pen.lineWidth = 1.75
  pen.strokeStyle = colour
  pen.stroke()
}

/** The first angle of a kind is taken for where its entities look. */
function facingOf({ world }: Scene, index: number, entity: AnyEntity): number | undefined {
  const fields = world.entities[index]?.fields
  if (fields?.kind !== 'record') return undefined
  const angle = fields.fields.find(({ type }) => type.kind === 'angle')
  const value = angle && entity.fields[angle.name]
  return typeof value === 'number' ? value : undefined
}

/** What an entity is called: its first text, or its kind. */
export function labelOf(world: WorldDescriptor, entity: AnyEntity): string {
  const fields = world.entities.find(({ name }) => name === entity.kind)?.fields
  const text =
    fields?.kind === 'record' ? fields.fields.find(({ type }) => type.kind === 'text') : undefined
  const value = text && entity.fields[text.name]
  return typeof value === 'string' && value !== '' ? value : entity.kind
}

function drawLabel(
  pen: CanvasRenderingContext2D,
  scene: Scene,
  entity: AnyEntity,
  taken: Box[],
  always: boolean,
): void {
  const { camera, palette, world } = scene
  const [x, y] = camera.toScreen(entity.x, entity.y)
  const own = entity.id === scene.me
  pen.font = `${own ? 600 : 450} 11px system-ui, sans-serif`
  pen.textAlign = 'center'
  pen.lineJoin = 'round'
  pen.lineWidth = 3
  pen.strokeStyle = palette.ground
  const text = labelOf(world, entity).slice(0, 32)
  const top = y - radiusOf(camera) - (own ? 9 : 6)
  const half = pen.measureText(text).width / 2 + 2
  const box: Box = [x - half, top - 11, x + half, top + 3]
  const clashes = taken.some(
    (other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3],
  )
  if (clashes && !always) return
  taken.push(box)
  pen.strokeText(text, x, top)
  pen.fillStyle = own ? palette.accent : palette.soft
  pen.fillText(text, x, top)
}
