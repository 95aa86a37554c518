import { type Scene, STEP_MAX, VIEW_RADIUS } from '../../scene.ts'

/** An avatar that walks away stays visible this much longer, so that borders do not flicker. */
const LEAVE_MARGIN = 32
const ENTER_SQUARED = VIEW_RADIUS ** 2
const LEAVE_SQUARED = (VIEW_RADIUS + LEAVE_MARGIN) ** 2
/** A pair that could see each other a tick ago is still in neighbouring cells. */
const CELL = VIEW_RADIUS + LEAVE_MARGIN + 2 * STEP_MAX

export interface Interest {
  /** Looks at where everybody stands now and reports the pairs whose visibility changed. */
  update(): void
  sees(viewer: number, avatar: number): boolean
}

/**
 * Who sees whom, over a uniform grid. Everybody sees equally far, so visibility is symmetric and
 * each pair in neighbouring cells is looked at once.
 *
 * @param changed - Called for each pair that begins or ceases to see each other.
 */
export function createInterest(
  scene: Scene,
  changed: (a: number, b: number, visible: boolean) => void,
): Interest {
  const { x, y, avatars } = scene
  const columns = Math.floor(scene.side / CELL) + 1
  const cells: number[][] = Array.from({ length: columns * columns }, () => [])
  const visible = new Uint8Array(avatars * avatars)

  function compare(a: number, b: number): void {
    const dx = (x[a] ?? 0) - (x[b] ?? 0)
    const dy = (y[a] ?? 0) - (y[b] ?? 0)
    const distance = dx * dx + dy * dy
    const index = a * avatars + b
    const was = visible[index] === 1
    const is = distance <= (was ? LEAVE_SQUARED : ENTER_SQUARED)
    if (is === was) return
    visible[index] = is ? 1 : 0
    visible[b * avatars + a] = is ? 1 : 0
    changed(a, b, is)
  }

  function compareCells(one: readonly number[], other: readonly number[]): void {
    for (const a of one) {
      for (const b of other) compare(a, b)
    }
  }

  function fill(): void {
    for (const cell of cells) cell.length = 0
    for (let avatar = 0; avatar < avatars; avatar++) {
      const column = Math.floor((x[avatar] ?? 0) / CELL)
      const row = Math.floor((y[avatar] ?? 0) / CELL)
      cells[row * columns + column]?.push(avatar)
    }
  }

  function update(): void {
    fill()
    for (const [index, cell] of cells.entries()) {
      for (let i = 0; i < cell.length; i++) {
        for (let j = i + 1; j < cell.length; j++) compare(cell[i] ?? 0, cell[j] ?? 0)
      }
      const last = index % columns === columns - 1
      const first = index % columns === 0
      if (!last) compareCells(cell, cells[index + 1] ?? [])
      if (!first) compareCells(cell, cells[index + columns - 1] ?? [])
      compareCells(cell, cells[index + columns] ?? [])
      if (!last) compareCells(cell, cells[index + columns + 1] ?? [])
    }
  }

  return { update, sees: (viewer, avatar) => visible[viewer * avatars + avatar] === 1 }
}
