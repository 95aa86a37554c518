/** Of the places in a table at most so many are taken, in quarters: beyond, searches grow long. */
const loadQuartersMax = 3
const capacityMin = 16
/** 2³² divided by the golden ratio, which spreads ids that count up (Knuth, TAOCP 6.4). */
const spread = 0x9e3779b1

/**
 * From the ids of entities to numbers: what a `Map` does, in a third of the memory. Ids are 1 …
 * 2³²−1. A table with linear probing; what is removed is filled by who was pushed beyond it.
 */
export class IdIndex {
  #ids = new Uint32Array(capacityMin)
  #values = new Int32Array(capacityMin)
  #shift = 32 - Math.log2(capacityMin)
  #size = 0

  /** The number of an id, −1 where it has none. */
  get(id: number): number {
    const at = this.#find(id)
    return this.#ids[at] === id && id !== 0 ? (this.#values[at] as number) : -1
  }

  has(id: number): boolean {
    return this.get(id) >= 0
  }

  /** @param value at least 0 */
  set(id: number, value: number): void {
    const at = this.#find(id)
    if (this.#ids[at] !== id) {
      if ((this.#size + 1) * 4 > this.#ids.length * loadQuartersMax) {
        this.#grow()
        this.set(id, value)
        return
      }
      this.#ids[at] = id
      this.#size += 1
    }
    this.#values[at] = value
  }

  delete(id: number): void {
    const ids = this.#ids
    const mask = ids.length - 1
    let gap = this.#find(id)
    if (ids[gap] !== id || id === 0) return
    this.#size -= 1
    for (let at = (gap + 1) & mask; ids[at] !== 0; at = (at + 1) & mask) {
      const home = this.#home(ids[at] as number)
      // Whoever would be found before the gap, seen from home, stays where it is.
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      ids[gap] = ids[at] as number
      this.#values[gap] = this.#values[at] as number
      gap = at
    }
    ids[gap] = 0
  }

  /** Where the id is, or where it would be put. */
  #find(id: number): number {
    const ids = this.#ids
    const mask = ids.length - 1
    let at = this.#home(id)
    while (ids[at] !== 0 && ids[at] !== id) at = (at + 1) & mask
    return at
  }

  #home(id: number): number {
    return Math.imul(id, spread) >>> this.#shift
  }

  #grow(): void {
    const ids = this.#ids
    const values = this.#values
    this.#ids = new Uint32Array(ids.length * 2)
    this.#values = new Int32Array(ids.length * 2)
    this.#shift -= 1
    this.#size = 0
    for (let at = 0; at < ids.length; at += 1) {
      const id = ids[at] as number
      if (id !== 0) this.set(id, values[at] as number)
    }
  }
}
