import type { AnyEntity, EntityIn, EntityKinds } from '../entity.ts'

/**
 * Who is where. All of it looks at centres, sees every change at once, also in the middle of a
 * step, and costs what the tiles in question hold. Borders count as inside. Lengths and coordinates
 * may be any numbers: negative lengths, NaN, and infinite coordinates (except of rectangles) find
 * nothing, as do coordinates beyond ±10¹⁵⁰; infinite lengths reach everywhere.
 *
 * `into` is an array to use again, for loops that ask thousands of times a tick: its content is
 * replaced, and it is what is returned.
 */
export interface WorldQueries<E extends EntityKinds> {
  /** Entities at most `radius` away from (x, y), in no particular order. */
  near(
    x: number,
    y: number,
    radius: number,
    kind?: undefined,
    into?: AnyEntity<E>[],
  ): AnyEntity<E>[]
  near<K extends E[keyof E & string]>(
    x: number,
    y: number,
    radius: number,
    kind: K,
    into?: EntityIn<E, K>[],
  ): EntityIn<E, K>[]

  /**
   * Entities in the rectangle between two opposite corners, whichever, in no particular order.
   * Corners may be infinitely far away.
   */
  within(
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    kind?: undefined,
    into?: AnyEntity<E>[],
  ): AnyEntity<E>[]
  within<K extends E[keyof E & string]>(
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    kind: K,
    into?: EntityIn<E, K>[],
  ): EntityIn<E, K>[]

  /**
   * The `count` entities nearest to (x, y), the nearest first, of equals the one with the lower id;
   * fewer where there are not so many within `radiusMax` (default: anywhere). Whoever stands at
   * (x, y) is among them.
   */
  nearest(x: number, y: number, count: number, kind?: undefined, radiusMax?: number): AnyEntity<E>[]
  nearest<K extends E[keyof E & string]>(
    x: number,
    y: number,
    count: number,
    kind: K,
    radiusMax?: number,
  ): EntityIn<E, K>[]

  /**
   * Entities at most `radius` away from the line between two points, those that it passes first
   * first, of equals the one with the lower id. For what flies, the radius is its own plus that of
   * the widest target.
   */
  ray(x1: number, y1: number, x2: number, y2: number, radius: number): AnyEntity<E>[]
  ray<K extends E[keyof E & string]>(
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    radius: number,
    kind: K,
  ): EntityIn<E, K>[]
}
