import type { Harness } from '../../../world/test-kit/harness.ts'
import { placeOf, type Streams } from './model.ts'

/** The streams beyond those of tiles, as the world has them. */
export function streamsOf(world: Harness['world']): Streams {
  const { streams, layers } = world.population
  const byPlace = new Map<string, number>()
  const audience = new Map<number, string>()
  if (streams.size > 0) {
    for (let tile = 0; tile <= streams.everywhere; tile += 1) {
      for (const { stream, layer } of streams.on(tile)) {
        const its = layers.of(layer)
        byPlace.set(placeOf(tile === streams.everywhere ? 'all' : tile, its), stream)
        if (its.to !== undefined) audience.set(stream, its.to)
      }
    }
  }
  return { byPlace, audience }
}
