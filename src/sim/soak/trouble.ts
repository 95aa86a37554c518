import type { Draw } from './draw.ts'
import { allFaults } from './faults/all.ts'
import type { Fault, Scene } from './faults/fault.ts'

/** Lets some kinds of faults happen, each at its own rate, until told to stop. */
export class Trouble {
  readonly kinds = new Map<string, number>()
  readonly #scene: Scene
  readonly #ends = new Set<() => void>()
  #over = false

  constructor(scene: Scene, draw: Draw) {
    this.#scene = scene
    for (const fault of draw.some(allFaults, 2)) {
      const everyMs = fault.everyMs * draw.between(0.3, 2)
      this.#next(fault, everyMs, draw.fork(fault.kind))
    }
  }

  /** Ends all that is wrong, and lets nothing more happen. */
  stop(): void {
    this.#over = true
    for (const end of [...this.#ends]) end()
  }

  #next(fault: Fault, everyMs: number, draw: Draw): void {
    const { stage } = this.#scene
    stage.later(draw.around(everyMs), () => {
      if (this.#over) return
      this.#begin(fault, draw)
      this.#next(fault, everyMs, draw)
    })
  }

  #begin(fault: Fault, draw: Draw): void {
    const { stage } = this.#scene
    const begun = fault.begin(this.#scene, draw)
    if (begun === undefined) return
    this.kinds.set(fault.kind, (this.kinds.get(fault.kind) ?? 0) + 1)
    const [least, most] = fault.lastsMs
    const lastsMs = draw.between(least, most)
    stage.verdicts.note(`⚡ ${fault.kind} ${begun.what}, ${Math.round(lastsMs)} ms`)
    const { end } = begun
    if (end === undefined) return
    const once = (): void => {
      if (!this.#ends.delete(once)) return
      stage.verdicts.note(`  ${fault.kind} ${begun.what} is over`)
      end()
    }
    this.#ends.add(once)
    stage.later(lastsMs, once)
  }
}
