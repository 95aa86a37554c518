/** Rows kept; the oldest go first. */
export const journalRowsMax = 500

export type Direction = 'in' | 'out' | 'note' | 'error'

/** One line of what was sent and received. */
export interface JournalRow {
  readonly number: number
  readonly wallMs: number
  readonly direction: Direction
  /** What it belongs to: `room plaza`, `connection`. */
  readonly scope: string
  readonly name: string
  readonly value: unknown
}

/** Everything sent and received, bounded. */
export class Journal {
  readonly rows: JournalRow[] = []
  #last = 0
  #listener: (() => void) | undefined

  add(direction: Direction, scope: string, name: string, value?: unknown): void {
    const row = { number: ++this.#last, wallMs: Date.now(), direction, scope, name, value }
    this.rows.push(row)
    if (this.rows.length > journalRowsMax) this.rows.shift()
    this.#listener?.()
  }

  clear(): void {
    this.rows.length = 0
    this.#listener?.()
  }

  onChange(listener: () => void): void {
    this.#listener = listener
  }
}
