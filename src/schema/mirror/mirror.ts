import { RealmError } from '../../errors/index.ts'
import type { Reader } from '../reader.ts'
import { type Fields, type RecordBase, type RecordType, recordOf } from '../record.ts'
import { initialRecord } from './initial.ts'
import type { Happening } from './listeners.ts'
import type { Mirrored, VisibleFields } from './mirrored.ts'
import type { MirrorRecord } from './nodes.ts'
import { readRecordDelta } from './read-delta.ts'
import { readRecord } from './read-full.ts'
import { retypeRecord } from './retype.ts'
import type { Update } from './update.ts'

/** After a failed update at most this many happenings are kept for the next full state to tell. */
const keptHappeningsMax = 65_536

/**
 * A copy of a `Tracked` state, fed by its full states and deltas. Listeners are told once an update
 * has been read completely, so they always see a consistent state.
 */
export class Mirror<F extends Fields> {
  readonly state: Mirrored<VisibleFields<F>>
  #type: RecordBase
  readonly #root: MirrorRecord
  readonly #store: boolean
  #kept: Happening[] = []
  /** Until the first full state, and after an update that failed, deltas mean nothing. */
  #ready = false

  /**
   * @param type the server's record type, or the one its public descriptor tells of
   * @param options with `scope: 'store'` the mirror reads what was written for the store
   */
  constructor(type: RecordType<F>, options: { readonly scope?: 'client' | 'store' } = {}) {
    this.#type = recordOf(type)
    this.#store = options.scope === 'store'
    this.#root = initialRecord(this.#type, this.#store)
    this.state = this.#root as unknown as Mirrored<VisibleFields<F>>
  }

  /**
   * Goes on with another type of the state: `state`, and all in it that keeps its name and kind,
   * stay the same objects with their listeners. A full state of the new type must follow.
   */
  retype(type: RecordType<Fields>): void {
    this.#type = recordOf(type)
    this.#ready = false
    retypeRecord(this.#type, this.#root)
  }

  /**
   * Reads a full state. Over an earlier one it tells only of what differs, and the objects of
   * surviving map entries stay the same.
   * @throws RealmError `SCHEMA_TRUNCATED`, `SCHEMA_LIMIT` or `SCHEMA_MALFORMED`; or what a
   *   listener threw, after all of them were told
   */
  readFull(reader: Reader): void {
    this.#apply(reader, true, (update) => readRecord(this.#type, this.#root, update))
  }

  /**
   * Reads a delta. After an error the mirror takes no more deltas until the next full state.
   * @throws RealmError `SCHEMA_TRUNCATED`, `SCHEMA_LIMIT` or `SCHEMA_MALFORMED`; or what a
   *   listener threw, after all of them were told
   */
  applyDelta(reader: Reader): void {
    if (!this.#ready)
      throw new RealmError('SCHEMA_MALFORMED', 'A delta came where a full state is needed.')
    this.#apply(reader, false, (update) => readRecordDelta(this.#root, update))
  }

  #apply(reader: Reader, full: boolean, read: (update: Update) => void): void {
    const update: Update = {
      reader,
      store: this.#store,
      full,
      changes: 0,
      happenings: this.#kept,
      errors: [],
    }
    this.#ready = false
    try {
      read(update)
    } catch (error) {
      this.#kept.length = Math.min(this.#kept.length, keptHappeningsMax)
      throw error
    }
    this.#ready = true
    this.#kept = []
    for (const happening of update.happenings) happening.tell()
    if (update.errors.length > 0) throw update.errors[0]
  }
}
