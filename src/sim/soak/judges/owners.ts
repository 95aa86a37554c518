import type { SimCommit } from '../../store.ts'
import type { Verdicts } from '../verdicts.ts'

/**
 * Holds every commit to the rule that only the owner writes: by the order of commits alone, without
 * a look at fences or epochs.
 */
export class Owners {
  readonly #verdicts: Verdicts
  readonly #owners = new Map<string, { readonly life: object; readonly process: string }>()

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts
  }

  commit({ process, life, transaction }: SimCommit): void {
    for (const { key, value } of transaction.writes) {
      if (key.startsWith('own/')) {
        const address = key.slice('own/'.length)
        if (value === undefined) this.#owners.delete(address)
        else this.#owners.set(address, { life, process })
      } else if (key.startsWith('state/'))
        this.#assertOwner(key.slice('state/'.length), process, life)
    }
  }

  #assertOwner(address: string, process: string, life: object): void {
    const owner = this.#owners.get(address)
    if (owner?.life === life) return
    const whose = owner === undefined ? 'nobody' : `a life of ${owner.process}`
    this.#verdicts.report(
      'doubleOwners',
      `${process} committed the state of ${address}, which belongs to ${whose}`,
    )
  }
}
