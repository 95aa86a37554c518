import { RealmError } from '../../errors/index.ts'
import { recordOf } from '../record.ts'
import type { Type } from '../type.ts'
import type { Writer } from '../writer.ts'
import { adopt } from './adopt.ts'
import { writeNodeDelta } from './delta.ts'
import { writeRecord } from './full.ts'
import { type NodeParent, type Root, TrackedNode } from './node.ts'
import { collectOwners, writePrivateDelta } from './private.ts'
import { RecordNode } from './record-node.ts'
import { sightOf, type View } from './view.ts'

/**
 * A state that knows what changed in it. `state` is used like plain objects, arrays and Maps; what
 * is assigned into it is checked, copied and tracked from then on.
 *
 * A mirror starts with `writeFull` and follows with every `writeDelta`; both count from the last
 * `clearDirty`, so a full state is written when nothing is dirty, or in the same breath as the
 * delta it already contains.
 */
export class Tracked<T extends object> {
  readonly state: T
  /** Called at the first change after `clearDirty`. */
  onDirty: (() => void) | undefined
  readonly #node: RecordNode
  readonly #root: Root = { journal: undefined, transaction: 0, adopt }
  /** For the next transaction: most change nothing, and need no other. */
  #emptyJournal: unknown[] = []

  /**
   * @param type a record
   * @param value the state to begin with; the type's `initial()` where not given
   * @throws RealmError `SCHEMA_INVALID` where `value` does not fit
   */
  constructor(type: Type<T>, value?: T) {
    const record = recordOf(type)
    const parent: NodeParent = { childDirty: () => this.onDirty?.(), pathOf: () => '' }
    const checked = record.check(value ?? record.initial())
    this.#node = new RecordNode(this.#root, parent, undefined, { type: record, value: checked })
    this.#node.clear()
    this.state = this.#node.facade as unknown as T
  }

  /** Whether anything changed since the last `clearDirty`. */
  get dirty(): boolean {
    return this.#node.dirty
  }

  /** Writes the whole state as `view` sees it; for the store, in the format of `encode`. */
  writeFull(writer: Writer, view: View): void {
    writeRecord(this.#node, writer, sightOf(view), undefined)
  }

  /**
   * Writes what changed since the last `clearDirty` as `view` sees it.
   * @returns false, having written nothing, where it sees no change
   */
  writeDelta(writer: Writer, view: View): boolean {
    const sight = sightOf(view)
    if (view.scope === 'own' && view.privateOnly === true) {
      if (!this.#node.dirty) return false
      return writePrivateDelta(this.#node, writer, sight, undefined, false)
    }
    return writeNodeDelta(this.#node, writer, sight, undefined)
  }

  /** The players who have hidden changes, for whom a `privateOnly` delta has something to say. */
  dirtyOwners(): Set<string> {
    const owners = new Set<string>()
    if (this.#node.dirty) collectOwners(this.#node, owners, undefined, false)
    return owners
  }

  /** Whether any player has hidden changes. */
  hiddenDirty(): boolean {
    return this.dirtyOwners().size > 0
  }

  /**
   * Takes the present state as the one every mirror has. Not within a transaction: what may yet be
   * rolled back must not have been sent.
   */
  clearDirty(): void {
    if (this.#root.journal !== undefined) {
      throw new RealmError('INTERNAL', 'clearDirty was called within an open transaction.')
    }
    this.#node.clear()
  }

  /** Opens a transaction: every change from now on can be taken back. */
  begin(): void {
    if (this.#root.journal !== undefined) {
      throw new RealmError('INTERNAL', 'A transaction on the state is open already.')
    }
    this.#root.transaction += 1
    this.#root.journal = this.#emptyJournal
  }

  /** Ends the transaction and keeps its changes. */
  commit(): void {
    this.#endTransaction()
  }

  /** Ends the transaction and restores every value as it was at `begin`. */
  rollback(): void {
    const journal = this.#endTransaction()
    for (let at = journal.length - 3; at >= 0; at -= 3) {
      const node = journal[at]
      if (node instanceof TrackedNode) node.undo(journal[at + 1], journal[at + 2])
    }
  }

  #endTransaction(): unknown[] {
    const { journal } = this.#root
    if (journal === undefined)
      throw new RealmError('INTERNAL', 'No transaction on the state is open.')
    this.#root.journal = undefined
    if (journal.length > 0) this.#emptyJournal = []
    return journal
  }
}
