import type { ClusterNode, Ownership } from '../cluster/index.ts'

/**
 * Whether an owner may show anything to the outside: not without a lease, nor with a new one before
 * it is known that nobody else has claimed the address meanwhile.
 */
export class Suspension {
  readonly #node: ClusterNode
  /** To be called so that it is asked to `lift` it. */
  readonly #began: () => void
  #lasts = false
  /** How often it began: what the store said before the last time counts no more. */
  #times = 0

  constructor(node: ClusterNode, began: () => void) {
    this.#node = node
    this.#began = began
  }

  /** Asked by itself, many times for each message. */
  readonly mayAct = (): boolean => {
    if (!this.#lasts && !this.#node.leaseAlive()) this.begin()
    return !this.#lasts
  }

  begin(): void {
    this.#lasts = true
    this.#times += 1
    this.#began()
  }

  /**
   * The lease is back.
   * @returns whether the ownership still stands; undefined where there is nothing to be done, or it
   * is to be asked anew
   */
  async lift(ownership: Ownership | undefined): Promise<boolean | undefined> {
    if (!this.#lasts) return undefined
    // Still claiming: to be asked again.
    if (ownership === undefined) {
      this.#began()
      return undefined
    }
    const times = this.#times
    if (!(await this.#node.holds(ownership))) return false
    // Where the lease was away again meanwhile, another may have claimed.
    if (times !== this.#times) return undefined
    this.#lasts = false
    return true
  }
}
