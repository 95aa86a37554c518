import { RealmError } from '../../errors/index.ts'
import type { Transaction } from '../../ports/index.ts'
import { Answers } from './answers.ts'
import { type Batch, type Held, type JudgedBatch, owned, type Pending, takeBatch } from './batch.ts'
import { holdBooks, writeBooks } from './book-batch.ts'
import type { BookStatements } from './book-statements.ts'
import type { Doubts } from './doubts.ts'
import { conditionOf, storeError, unavailable } from './errors.ts'
import type { Line } from './line.ts'
import { holdRecords, writeRecords } from './record-batch.ts'
import type { Ask, Session } from './session.ts'
import { begin, commit, type RecordStatements, rollback } from './statements.ts'

/** What the server undid is tried again so often. */
const attemptsMax = 3

/**
 * Conditions under which nothing was done and the same may succeed now: a conflict, a deadlock, a
 * lock that did not come in time, a server that takes no writes any more (another one will).
 */
const passing = new Set(['40001', '40P01', '55P03', '25006'])

/** A batch whose keys are locked, or will be as soon as the server comes to it. */
interface HeldBatch {
  readonly batch: Batch
  readonly session: Session
  readonly held: Promise<Held>
}

type Outcome =
  | { readonly kind: 'committed' }
  /** The server said so, or was never told to commit. */
  | { readonly kind: 'undone' | 'unknown'; readonly error: unknown }

export interface CommitOptions {
  readonly line: Line
  readonly doubts: Doubts
  readonly records: RecordStatements
  readonly books: BookStatements
  readonly pendingTransactionsMax: number
  readonly pendingBytesMax: number
}

/** Gathers transactions into batches and commits one batch after the other. */
export class Commits {
  readonly #options: CommitOptions
  readonly #answers = new Answers((transaction) => this.#told(transaction))
  #waiting: Pending[] = []
  /** Batches that were begun and undone: they come before those that wait. */
  readonly #again: Batch[] = []
  #pending = 0
  #pendingBytes = 0
  #running: Promise<void> | undefined

  constructor(options: CommitOptions) {
    this.#options = options
  }

  /** @throws RealmError `STORE_BUSY`. */
  add(
    transaction: Transaction,
    valueBytes: number,
    resolve: Pending['resolve'],
    reject: Pending['reject'],
  ): void {
    const { pendingTransactionsMax, pendingBytesMax } = this.#options
    const copy = owned(transaction)
    let bytes = valueBytes
    for (const { content } of copy.transfers) bytes += content.length
    const full = this.#pending >= pendingTransactionsMax
    if (full || (this.#pending > 0 && this.#pendingBytes + bytes > pendingBytesMax)) {
      throw new RealmError('STORE_BUSY')
    }
    this.#pending += 1
    this.#pendingBytes += bytes
    this.#waiting.push({ transaction: copy, bytes, resolve, reject })
    // Everything called in one go shares a batch.
    this.#running ??= Promise.resolve().then(() => this.#run())
  }

  /** Once nothing is waiting any longer. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
    await this.#answers.idle()
  }

  /** The main loop: take → lock and look → judge → write → answer. */
  async #run(): Promise<void> {
    let ahead: HeldBatch | undefined
    while (ahead || this.#hasWaiting()) {
      try {
        ahead = await this.#commit(ahead ?? this.#hold(await this.#session()))
      } catch (error) {
        ahead = undefined
        this.#rejectAll(unavailable(error))
      }
    }
    this.#running = undefined
  }

  #hasWaiting(): boolean {
    return this.#again.length > 0 || this.#waiting.length > 0
  }

  async #session(): Promise<Session> {
    const { line, doubts } = this.#options
    for (;;) {
      const session = await line.session()
      try {
        await doubts.clear(this.#asking(session))
        return session
      } catch (error) {
        // It was lost again, and the next one is waited for.
        if (line.holds(session)) throw error
      }
    }
  }

  /** Sends what begins a batch, behind whatever is under way. */
  #hold(session: Session): HeldBatch {
    const { records, books } = this.#options
    const batch = this.#again.shift() ?? takeBatch(this.#waiting)
    const ask = this.#asking(session)
    const held = Promise.all([
      ask(begin),
      holdRecords(ask, records, batch.keys, batch.revisions),
      batch.books && holdBooks(ask, books, batch.books),
    ]).then(([, heldRecords, heldBooks]) => ({ records: heldRecords, books: heldBooks }))
    // Whoever comes to this batch hears of it; nobody may be listening yet.
    held.catch(() => {})
    return { batch, session, held }
  }

  #asking(session: Session): Ask {
    return (statement, values) => this.#options.line.query(session, statement, values)
  }

  /** Commits a batch, and returns the next one where it was begun meanwhile. */
  async #commit({ batch, session, held }: HeldBatch): Promise<HeldBatch | undefined> {
    let judged: JudgedBatch
    try {
      judged = batch.judge(await held)
    } catch (error) {
      await this.#undo(session)
      this.#tryAgain(batch, session, error)
      return undefined
    }
    const written = this.#write(session, judged)
    const ahead = this.#hasWaiting() ? this.#hold(session) : undefined
    const outcome = await written.catch((error: unknown): Outcome => ({ kind: 'undone', error }))
    if (outcome.kind === 'committed') {
      this.#answers.add(batch.transactions, judged.results)
      return ahead
    }
    await ahead?.held.catch(() => {})
    await this.#undo(session)
    if (ahead) this.#again.unshift(ahead.batch)
    if (outcome.kind === 'undone') this.#tryAgain(batch, session, outcome.error)
    else {
      this.#lose(session)
      this.#reject(batch.transactions, unavailable(outcome.error))
    }
    return undefined
  }

  /** Writes and commits in one go: where a statement fails, the server itself makes no commit. */
  async #write(session: Session, { records, books }: JudgedBatch): Promise<Outcome> {
    const ask = this.#asking(session)
    if (!records.changed && !books?.batch.changed) {
      // What was judged holds, whether or not the server hears that its locks may go.
      ask(rollback).catch(() => {})
      return { kind: 'committed' }
    }
    const steps = writeRecords(ask, this.#options.records, records)
    if (books) steps.push(...writeBooks(ask, this.#options.books, books))
    const last = ask(commit)
    const [ended, ...done] = await Promise.allSettled([last, ...steps])
    const outcome = outcomeOf(ended, done)
    if (outcome.kind !== 'committed' || this.#options.line.holds(session)) return outcome
    return { kind: 'unknown', error: new RealmError('STORE_UNAVAILABLE') }
  }

  /** Takes back what was begun, so that the next batch begins cleanly. */
  async #undo(session: Session): Promise<void> {
    const { line } = this.#options
    if (!line.holds(session)) return
    await line.query(session, rollback).catch(() => line.drop(session))
  }

  /** Nothing of the batch was committed. */
  #tryAgain(batch: Batch, session: Session, error: unknown): void {
    const condition = conditionOf(error)
    const lost = !this.#options.line.holds(session)
    if (lost || condition === '25006') this.#lose(session)
    const mayPass = lost || (condition !== undefined && passing.has(condition))
    if (mayPass && batch.attempt() < attemptsMax) this.#again.unshift(batch)
    else this.#reject(batch.transactions, unavailable(storeError(error)))
  }

  #lose(session: Session): void {
    this.#options.doubts.add(session.backend)
    this.#options.line.drop(session)
  }

  #reject(transactions: readonly Pending[], error: RealmError): void {
    for (const transaction of transactions) {
      this.#told(transaction)
      transaction.reject(error)
    }
  }

  #told({ bytes }: Pending): void {
    this.#pending -= 1
    this.#pendingBytes -= bytes
  }

  #rejectAll(error: RealmError): void {
    const transactions = [...this.#again.flatMap((batch) => batch.transactions), ...this.#waiting]
    this.#again.length = 0
    this.#waiting = []
    this.#reject(transactions, error)
  }
}

/**
 * A statement that the server refused undoes its transaction, whatever came of the connection. Only
 * where every one before it was done or not answered, the fate of COMMIT counts.
 */
function outcomeOf(
  ended: PromiseSettledResult<{ readonly command: string }>,
  done: readonly PromiseSettledResult<unknown>[],
): Outcome {
  for (const step of done) {
    if (step.status === 'rejected' && conditionOf(step.reason)) {
      return { kind: 'undone', error: step.reason }
    }
  }
  if (ended.status === 'rejected') return { kind: 'unknown', error: ended.reason }
  if (ended.value.command === 'COMMIT') return { kind: 'committed' }
  return { kind: 'undone', error: new RealmError('STORE_UNAVAILABLE') }
}
