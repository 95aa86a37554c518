import { hash } from './noise.ts'
import { village, worldEdge } from './rules.ts'
import { forest, roadDistance } from './terrain.ts'
import { isFree } from './walk.ts'

/** Where monsters live. The order is fixed: a monster remembers the number of its camp. */
export interface Camp {
  readonly x: number
  readonly y: number
  readonly species: number
  /** How many live there. */
  readonly count: number
  /** How far they stray, in metres. */
  readonly radius: number
}

const campsWanted = 130
/** Most camps are this near to the village, where the players are. */
const nearEdge = 84

let found: readonly Camp[] | undefined

export function camps(): readonly Camp[] {
  found ??= findCamps()
  return found
}

function findCamps(): Camp[] {
  const list: Camp[] = []
  for (let attempt = 0; list.length < campsWanted && attempt < campsWanted * 20; attempt += 1) {
    const angle = hash(attempt, 1, 91) * Math.PI * 2
    const wide = attempt % 4 === 0 ? worldEdge * 0.44 : nearEdge
    const distance = 26 + Math.sqrt(hash(attempt, 2, 91)) * (wide - 26)
    const x = village.x + Math.cos(angle) * distance
    const y = village.y + Math.sin(angle) * distance
    if (!isFree(x, y, 1.5) || roadDistance(x, y) < 4) continue
    if (list.some((camp) => Math.hypot(camp.x - x, camp.y - y) < 9.5)) continue
    list.push(campAt(x, y, distance, hash(attempt, 3, 91)))
  }
  return list
}

function campAt(x: number, y: number, distance: number, chance: number): Camp {
  if (distance > 64 && chance < 0.12) return { x, y, species: 3, count: 1, radius: 5 }
  if (forest(x, y) > 0.45 || (distance > 52 && chance < 0.45)) {
    return { x, y, species: 2, count: 3, radius: 7 }
  }
  if (distance > 36 && chance < 0.55) return { x, y, species: 1, count: 3, radius: 7 }
  return { x, y, species: 0, count: 4, radius: 6 }
}
