import { type Scene, STEP_MAX, VIEW_RADIUS } from '../../scene.ts'

/** An avatar that walks away stays visible this much longer, so that borders do not flicker. */
const LEAVE_MARGIN = 32
const ENTER_SQUARED = VIEW_RADIUS ** 2
const LEAVE_SQUARED = (VIEW_RADIUS + LEAVE_MARGIN) ** 2
/** A pair that could see each other a tick ago is still in neighbouring cells. */
const CELL = VIEW_RADIUS + LEAVE_MARGIN + 2 * STEP_MAX
/** Visibility can have changed since the last tick only between these two distances. */
const NEAR_SQUARED = (VIEW_RADIUS - 2 * STEP_MAX) ** 2
const FAR_SQUARED = CELL ** 2

export interface Interest {
  /**
   * Looks at where everybody stands now and reports the pairs whose visibility changed. It has to
   * be called after every step of the scene.
   */
  update(): void
  sees(viewer: number, avatar: number): boolean
}

/**
 * Who sees whom, over a uniform grid. Everybody sees equally far, so visibility is symmetric and
 * each pair in neighbouring cells is looked at once. Avatars are sorted by cell, row by row, so
 * that the neighbours of a cell are two runs of one array.
 *
 * @param changed - Called for each pair that begins or ceases to see each other.
 */
export function createInterest(
  scene: Scene,
  changed: (a: number, b: number, visible: boolean) => void,
): Interest {
  const { avatars } = scene
  const columns = Math.floor(scene.side / CELL) + 1
  const cells = columns * columns
  /** Where each cell begins in the sorted arrays; one more for the end of the last. */
  const begin = new Int32Array(cells + 1)
  const filled = new Int32Array(cells)
  const sorted = new Int32Array(avatars)
  const sortedX = new Int32Array(avatars)
  const sortedY = new Int32Array(avatars)
  const visible = new Uint8Array(avatars * avatars)
  /** Until everybody was looked at once, nothing follows from how far a pair is apart. */
  let began = false

  const cellOf = (avatar: number) =>
    Math.floor((scene.y[avatar] ?? 0) / CELL) * columns + Math.floor((scene.x[avatar] ?? 0) / CELL)

  /** Adds one to the avatar's cell. @returns What it had before. */
  function count(avatar: number): number {
    const cell = cellOf(avatar)
    const had = filled[cell] as number
    filled[cell] = had + 1
    return had
  }

  function sort(): void {
    filled.fill(0)
    for (let avatar = 0; avatar < avatars; avatar++) count(avatar)
    for (let cell = 0; cell < cells; cell++)
      begin[cell + 1] = (begin[cell] as number) + (filled[cell] as number)
    filled.set(begin.subarray(0, cells))
    for (let avatar = 0; avatar < avatars; avatar++) {
      const at = count(avatar)
      sorted[at] = avatar
      sortedX[at] = scene.x[avatar] as number
      sortedY[at] = scene.y[avatar] as number
    }
  }

  /** Compares the avatar sorted at `one` with those sorted at `from` … `to`. */
  function compare(one: number, from: number, to: number): void {
    const x = sortedX[one] as number
    const y = sortedY[one] as number
    for (let other = from; other < to; other++) {
      const dx = (sortedX[other] as number) - x
      const dy = (sortedY[other] as number) - y
      const distance = dx * dx + dy * dy
      if (began && (distance < NEAR_SQUARED || distance > FAR_SQUARED)) continue
      settle(sorted[one] as number, sorted[other] as number, distance)
    }
  }

  function settle(a: number, b: number, distance: number): void {
    const was = visible[a * avatars + b] === 1
    const is = distance <= (was ? LEAVE_SQUARED : ENTER_SQUARED)
    if (is === was) return
    visible[a * avatars + b] = is ? 1 : 0
    visible[b * avatars + a] = is ? 1 : 0
    changed(a, b, is)
  }

  function update(): void {
    sort()
    for (let cell = 0; cell < cells; cell++) {
      const left = cell % columns === 0 ? 0 : 1
      const right = cell % columns === columns - 1 ? 0 : 1
      const below = cell + columns
      const end = begin[cell + 1] as number
      for (let one = begin[cell] as number; one < end; one++) {
        compare(one, one + 1, begin[cell + right + 1] as number)
        if (below < cells)
          compare(one, begin[below - left] as number, begin[below + right + 1] as number)
      }
    }
    began = true
  }

  return { update, sees: (viewer, avatar) => visible[viewer * avatars + avatar] === 1 }
}
