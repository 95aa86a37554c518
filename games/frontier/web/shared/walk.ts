import {
  angleOf,
  bodyRadius,
  directions,
  playerSpeed,
  tickSeconds,
  walkStepsMax,
  worldEdge,
} from './rules.ts'
import { cellEdge, sceneryIn } from './scenery.ts'
import { isWater } from './terrain.ts'

export interface Place {
  x: number
  y: number
}

/** A walk command as it arrives. */
export interface Walk {
  /** 0 … directions − 1, clockwise from east. */
  readonly direction: number
  /** Ticks to walk, 0 = stand still. */
  readonly steps: number
}

/** The widest thing that blocks the way reaches this many cells. */
const reachCells = 1

/** One tick of a player's way; server and browsers compute the same. */
export function walkOnce(place: Place, direction: number): void {
  const angle = angleOf(direction % directions)
  const way = playerSpeed * tickSeconds
  move(place, Math.cos(angle) * way, Math.sin(angle) * way, bodyRadius)
}

/** Applies a whole walk command, as prediction does. */
export function walkAll(place: Place, { direction, steps }: Walk): void {
  for (let step = Math.min(steps, walkStepsMax); step > 0; step -= 1) walkOnce(place, direction)
}

/** Moves something round by (dx, dy), sliding along whatever is in the way. */
export function move(place: Place, dx: number, dy: number, radius: number): void {
  let x = place.x + dx
  let y = place.y + dy
  const column = Math.floor(x / cellEdge)
  const row = Math.floor(y / cellEdge)
  for (let down = row - reachCells; down <= row + reachCells; down += 1) {
    for (let right = column - reachCells; right <= column + reachCells; right += 1) {
      for (const thing of sceneryIn(right, down)) {
        if (thing.radius === 0) continue
        const reach = thing.radius + radius
        const awayX = x - thing.x
        const awayY = y - thing.y
        const distance = Math.hypot(awayX, awayY)
        if (distance >= reach || distance === 0) continue
        x = thing.x + (awayX / distance) * reach
        y = thing.y + (awayY / distance) * reach
      }
    }
  }
  x = Math.max(1, Math.min(worldEdge - 1, x))
  y = Math.max(1, Math.min(worldEdge - 1, y))
  if (!isWater(x, y)) settle(place, x, y)
  else if (!isWater(x, place.y)) settle(place, x, place.y)
  else if (!isWater(place.x, y)) settle(place, place.x, y)
}

function settle(place: Place, x: number, y: number): void {
  place.x = x
  place.y = y
}

/** Whether somebody can stand there. */
export function isFree(x: number, y: number, radius: number): boolean {
  if (x < 1 || y < 1 || x > worldEdge - 1 || y > worldEdge - 1 || isWater(x, y)) return false
  const column = Math.floor(x / cellEdge)
  const row = Math.floor(y / cellEdge)
  for (let down = row - reachCells; down <= row + reachCells; down += 1) {
    for (let right = column - reachCells; right <= column + reachCells; right += 1) {
      for (const thing of sceneryIn(right, down)) {
        const blocks = thing.radius > 0 && thing.radius + radius > 0
        if (blocks && Math.hypot(x - thing.x, y - thing.y) < thing.radius + radius) return false
      }
    }
  }
  return true
}
