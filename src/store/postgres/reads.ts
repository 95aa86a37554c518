import { RealmError } from '../../errors/index.ts'
import type { StoredRecord } from '../../ports/index.ts'
import { comesBefore, prefixEnd } from '../key-order.ts'
import { parseBytes, textArray } from './arrays.ts'
import type { Doubts } from './doubts.ts'
import { unavailable } from './errors.ts'
import type { Line } from './line.ts'
import type { Session, Statement } from './session.ts'
import type { RecordStatements } from './statements.ts'

/** A statement asks for so many keys at most, and so many statements are under way at once. */
const keysMax = 128
const statementsMax = 4
/** A connection that is lost while it answers is replaced so often for one question. */
const attemptsMax = 3

interface PendingRead {
  readonly key: string
  readonly resolve: (record: StoredRecord | undefined) => void
  readonly reject: (error: RealmError) => void
}

export interface ReadOptions {
  readonly line: Line
  readonly doubts: Doubts
  readonly statements: RecordStatements
  readonly pendingReadsMax: number
}

export type Row = readonly (string | null)[]

/** Gathers reads of keys into statements; scans go by themselves. */
export class Reads {
  readonly #options: ReadOptions
  #waiting: PendingRead[] = []
  #underWay = 0
  #pending = 0
  #scheduled = false
  #idle: (() => void) | undefined

  constructor(options: ReadOptions) {
    this.#options = options
  }

  /** @throws RealmError `STORE_BUSY`, `STORE_UNAVAILABLE`. */
  read(key: string): Promise<StoredRecord | undefined> {
    return this.#counted(
      () =>
        new Promise((resolve, reject) => {
          this.#waiting.push({ key, resolve, reject })
          this.#schedule()
        }),
    )
  }

  /** Any question that changes nothing. @throws RealmError `STORE_BUSY`, `STORE_UNAVAILABLE`. */
  ask(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.#counted(() => this.#ask(statement, values))
  }

  /** @throws RealmError `STORE_BUSY`, `STORE_UNAVAILABLE`. */
  scan(prefix: string, after: string, limit: number): Promise<StoredRecord[]> {
    const { statements } = this.#options
    const first = comesBefore(prefix, after) ? after : prefix
    const end = prefixEnd(prefix)
    const values = [first, after, limit]
    return this.#counted(async () => {
      const rows =
        end === undefined
          ? await this.#ask(statements.scan, values)
          : await this.#ask(statements.scanUntil, [...values, end])
      return rows.map((row) => recordOf(row[0] as string, row))
    })
  }

  /** Once nothing is waiting any longer. */
  async idle(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
  }

  async #counted<T>(run: () => Promise<T>): Promise<T> {
    if (this.#pending >= this.#options.pendingReadsMax) throw new RealmError('STORE_BUSY')
    this.#pending += 1
    try {
      return await run()
    } finally {
      this.#pending -= 1
      if (this.#pending === 0) this.#idle?.()
    }
  }

  /** Everything asked for in one go shares a statement. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      while (this.#waiting.length > 0 && this.#underWay < statementsMax) {
        this.#underWay += 1
        void this.#readKeys(this.#waiting.splice(0, keysMax))
      }
    })
  }

  async #readKeys(reads: readonly PendingRead[]): Promise<void> {
    try {
      const keys = textArray(reads.map(({ key }) => key))
      const rows = await this.#ask(this.#options.statements.read, [keys])
      const found = new Map(rows.map((row) => [Number(row[0]) - 1, row]))
      reads.forEach(({ key, resolve }, index) => {
        const row = found.get(index)
        resolve(row && recordOf(key, row))
      })
    } catch (error) {
      for (const { reject } of reads) reject(unavailable(error))
    }
    this.#underWay -= 1
    if (this.#waiting.length > 0) this.#schedule()
  }

  async #ask(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const { line, doubts } = this.#options
    let session: Session | undefined
    for (let attempt = 1; ; attempt += 1) {
      try {
        const open = await line.session()
        session = open
        await doubts.clear((...asked) => line.query(open, ...asked))
        return (await line.query(open, statement, values)).rows
      } catch (error) {
        const lost = session !== undefined && !line.holds(session)
        if (!lost || attempt >= attemptsMax) throw unavailable(error)
        session = undefined
      }
    }
  }
}

function recordOf(key: string, [, version, value]: Row): StoredRecord {
  return { key, version: Number(version), value: parseBytes(value as string) }
}
