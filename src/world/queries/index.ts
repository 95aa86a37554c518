import type { Handle } from '../handles.ts'
import type { Population } from '../population.ts'
import { near } from './near.ts'
import { nearest } from './nearest.ts'
import { ray } from './ray.ts'
import { within } from './within.ts'

export { near } from './near.ts'
export type { WorldQueries } from './shape.ts'

/** `WorldQueries` as handlers call them. @throws RealmError `ENTITY_KIND_UNKNOWN` */
export function queriesOf(population: Population) {
  const numberOf = (kind: unknown): number =>
    kind === undefined ? -1 : population.tableOf(kind).number
  return {
    near: (x: number, y: number, radius: number, kind?: unknown, into?: Handle[]) =>
      near(population, x, y, radius, numberOf(kind), into),
    within: (x1: number, y1: number, x2: number, y2: number, kind?: unknown, into?: Handle[]) =>
      within(population, x1, y1, x2, y2, numberOf(kind), into),
    nearest: (x: number, y: number, count: number, kind?: unknown, radiusMax = Infinity) =>
      nearest(population, x, y, count, numberOf(kind), radiusMax),
    ray: (x1: number, y1: number, x2: number, y2: number, radius: number, kind?: unknown) =>
      ray(population, x1, y1, x2, y2, radius, numberOf(kind)),
  }
}
