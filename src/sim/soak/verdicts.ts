/** What a judge may find, by the names in the line that a run ends with. */
export const verdictKinds = [
  'lost',
  'duplicated',
  'doubleOwners',
  'orderErrors',
  'ledgerErrors',
  'stuck',
] as const

export type VerdictKind = (typeof verdictKinds)[number]

export interface Verdict {
  readonly kind: VerdictKind
  readonly timeMs: number
  readonly text: string
}

/** Something that is worth reading where a seed has failed. */
export interface Note {
  readonly timeMs: number
  readonly text: string
}

const notesMax = 4_000
const verdictsMax = 100

/** What the judges of one seed have found, and what happened before. */
export class Verdicts {
  readonly found: Verdict[] = []
  readonly #now: () => number
  #notes: Note[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  /** The newest of them, oldest first. */
  get notes(): readonly Note[] {
    return this.#notes
  }

  note(text: string): void {
    this.#notes.push({ timeMs: this.#now(), text })
    if (this.#notes.length >= 2 * notesMax) this.#notes = this.#notes.slice(-notesMax)
  }

  report(kind: VerdictKind, text: string): void {
    if (this.found.length >= verdictsMax) return
    this.found.push({ kind, timeMs: this.#now(), text })
    this.note(`✘ ${kind}: ${text}`)
  }
}
