import type { Sighting } from '../load/report.ts'
import { type SceneSnapshot, VIEW_RADIUS } from '../scene.ts'

/** What the comparison of decoded views with the scene found. */
export interface Verdict {
  /** Views (one client after one frame) that could be compared. */
  readonly views: number
  /** Mean count of avatars within the view radius in these views, the client's own included. */
  readonly exactMean: number
  /** Mean count of avatars that were delivered. */
  readonly deliveredMean: number
  /** Avatars within the view radius that a client did not know. */
  readonly missing: number
  /** Avatars known at a wrong place or with a wrong direction. */
  readonly wrong: number
}

const FULL_TURN = 256

/** Compares what clients saw with where everybody stood at the tick that their frame names. */
export function verify(
  sightings: readonly Sighting[],
  truth: readonly SceneSnapshot[],
  toleranceQuanta: number,
): Verdict {
  const byTick = new Map(truth.map((snapshot) => [snapshot.tick, snapshot]))
  let views = 0
  let exact = 0
  let delivered = 0
  let missing = 0
  let wrong = 0
  for (const sighting of sightings) {
    const snapshot = byTick.get(sighting.view.tick)
    if (snapshot === undefined) continue
    views++
    delivered += sighting.view.avatars.length
    const known = new Set(sighting.view.avatars)
    const near = within(snapshot, sighting.avatar)
    exact += near.length
    missing += near.filter((avatar) => !known.has(avatar)).length
    wrong += countWrong(sighting, snapshot, toleranceQuanta)
  }
  return { views, exactMean: exact / views, deliveredMean: delivered / views, missing, wrong }
}

function within({ x, y }: SceneSnapshot, viewer: number): number[] {
  const near: number[] = []
  for (let avatar = 0; avatar < x.length; avatar++) {
    const dx = (x[avatar] ?? 0) - (x[viewer] ?? 0)
    const dy = (y[avatar] ?? 0) - (y[viewer] ?? 0)
    if (dx * dx + dy * dy <= VIEW_RADIUS ** 2) near.push(avatar)
  }
  return near
}

function countWrong({ view }: Sighting, truth: SceneSnapshot, tolerance: number): number {
  let wrong = 0
  for (const [index, avatar] of view.avatars.entries()) {
    const dx = (view.x[index] ?? Number.NaN) - (truth.x[avatar] ?? Number.NaN)
    const dy = (view.y[index] ?? Number.NaN) - (truth.y[avatar] ?? Number.NaN)
    const turned = (view.facing[index] ?? Number.NaN) - (truth.facing[avatar] ?? Number.NaN)
    const turn = Math.abs(((turned + FULL_TURN * 1.5) % FULL_TURN) - FULL_TURN / 2)
    // Written so that a missing number, which is not a number, counts as wrong too.
    const right = Math.abs(dx) <= tolerance && Math.abs(dy) <= tolerance && turn <= 0
    if (!right) wrong++
  }
  return wrong
}
