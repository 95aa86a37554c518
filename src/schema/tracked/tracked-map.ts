import type { MapNode } from './map-node.ts'
import { nodeOf } from './node.ts'

/** The node of a map; reads go to the map itself and are as fast as with any other. */
function mapOf(map: TrackedMap): MapNode {
  return nodeOf(map) as unknown as MapNode
}

/** Writes an entry without telling the node: for the node itself. */
export function putRaw(map: TrackedMap, key: string, value: unknown): void {
  Map.prototype.set.call(map, key, value)
}

/** Removes an entry without telling the node: for the node itself. */
export function dropRaw(map: TrackedMap, key: string): void {
  Map.prototype.delete.call(map, key)
}

/** A `Map` whose writes are tracked. */
export class TrackedMap extends Map<string, unknown> {
  override set(key: string, value: unknown): this {
    mapOf(this).set(key, value)
    return this
  }

  override delete(key: string): boolean {
    return mapOf(this).delete(key)
  }

  override clear(): void {
    for (const key of [...this.keys()]) this.delete(key)
  }

  override getOrInsert(key: string, value: unknown): unknown {
    if (!this.has(key)) this.set(key, value)
    return this.get(key)
  }

  override getOrInsertComputed(key: string, compute: (key: string) => unknown): unknown {
    return this.has(key) ? this.get(key) : this.getOrInsert(key, compute(key))
  }

  /** JSON knows no maps: there a map is an object. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(this)
  }
}
