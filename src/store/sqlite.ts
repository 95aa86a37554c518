import { resolve as absolutePath } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { RealmError } from '../errors/index.ts'
import {
  type Clock,
  type Ledger,
  type Store,
  type StoredRecord,
  systemClock,
  type Transaction,
  type TransactionResult,
} from '../ports/index.ts'
import { type AskBooks, type Books, ledgerOf } from './ledger/books.ts'
import { checkKey, checkScan, checkTransaction } from './limits.ts'
import { OutcomeReader } from './sqlite-batch.ts'
import { type Line, openLine, portLine } from './sqlite-line.ts'
import {
  type BatchOutcome,
  BatchPacker,
  type PackedBatch,
  type ReadReply,
  type ReadRequest,
  type Refusal,
  type WorkerReply,
} from './sqlite-messages.ts'

export interface SqliteStoreOptions {
  /** The file; its directory is created. Undefined or `:memory:` keeps everything in memory. */
  readonly file?: string | undefined
  /** Transactions not yet answered; more are refused with `STORE_BUSY`. Default 100,000. */
  readonly pendingTransactionsMax?: number
  /** Bytes of the values and transfers of transactions not yet answered. Default 256 MiB. */
  readonly pendingBytesMax?: number
  /** How large the file may become; beyond it writes fail as on a full disk. Default 1 TiB. */
  readonly fileBytesMax?: number
  /** Tells the time of transfers. Default the host's own. */
  readonly clock?: Pick<Clock, 'wallMs'>
}

/** A store that threads of this process can use as well. */
export interface SharableStore extends Store {
  /** A way to the file for one more thread, to be handed to it for `sharedSqliteStore`. */
  share(): MessagePort
}

/** What is committed at once. A larger batch would only make the ones in it wait longer. */
const batchTransactionsMax = 1_024
const batchBytesMax = 32 * 1024 * 1024
const batchMovesMax = 16_384

/**
 * The embedded store: one SQLite file that this process alone holds open, written by a thread of
 * its own.
 *
 * Each batch of concurrent transactions is one durable commit (WAL, synchronous = FULL).
 * @throws RealmError `STORE_LOCKED`, `STORE_CORRUPT` (the file is left as it is), `STORE_VERSION`,
 * `STORE_UNAVAILABLE`.
 */
export async function sqliteStore(options: SqliteStoreOptions = {}): Promise<SharableStore> {
  const { file = ':memory:', fileBytesMax = 2 ** 40 } = options
  const path = file === ':memory:' ? file : absolutePath(file)
  return new FileStore(await openLine({ file: path, fileBytesMax }), options)
}

/**
 * The same file as another thread sees it, through a port that `share` gave. Several nodes may be
 * on it, so it is not exclusive. `close` ends this way to the file only.
 */
export function sharedSqliteStore(port: MessagePort, options: SqliteStoreOptions = {}): Store {
  return new SqliteStore(portLine(port), options, false)
}

interface PendingTransaction {
  readonly writes: number
  readonly bytes: number
  readonly resolve: (result: TransactionResult) => void
  readonly reject: (error: RealmError) => void
}

interface PendingRead {
  readonly request: ReadRequest
  readonly resolve: (value: unknown) => void
  readonly reject: (error: RealmError) => void
}

class SqliteStore implements Store {
  readonly exclusive: boolean
  readonly ledger: Ledger
  readonly #line: Line
  readonly #clock: Pick<Clock, 'wallMs'>
  readonly #pendingTransactionsMax: number
  readonly #pendingBytesMax: number
  readonly #packer = new BatchPacker()
  /** Full batches that wait for their turn, and the transactions of all that wait. */
  readonly #fullBatches: PackedBatch[] = []
  #waiting: PendingTransaction[] = []
  #committing: PendingTransaction[] = []
  /** So many are durable or refused and will be told in the loop's next turn. */
  #answering = 0
  #readsWaiting: PendingRead[] = []
  readonly #readsAsked: PendingRead[][] = []
  #pendingBytes = 0
  #flushScheduled = false
  #closed: Promise<void> | undefined
  #idle: (() => void) | undefined
  #gone = false

  constructor(line: Line, options: SqliteStoreOptions, exclusive: boolean) {
    this.#line = line
    this.exclusive = exclusive
    this.#pendingTransactionsMax = options.pendingTransactionsMax ?? 100_000
    this.#pendingBytesMax = options.pendingBytesMax ?? 256 * 1024 * 1024
    this.#clock = options.clock ?? systemClock()
    const ask = (books: keyof Books, ...args: readonly unknown[]) =>
      this.#ask({ books, with: args })
    this.ledger = ledgerOf(ask as AskBooks)
    line.listen(
      (reply) => this.#replied(reply),
      () => this.#lost(),
    )
    line.hold(false)
  }

  async read(key: string): Promise<StoredRecord | undefined> {
    checkKey(key)
    return (await this.#ask({ key })) as StoredRecord | undefined
  }

  async scan(
    prefix: string,
    { after, limit }: { after?: string; limit: number },
  ): Promise<StoredRecord[]> {
    checkScan(prefix, after, limit)
    return (await this.#ask({ prefix, after, limit })) as StoredRecord[]
  }

  transact(transaction: Transaction): Promise<TransactionResult> {
    return new Promise((resolve, reject) => this.#add(transaction, resolve, reject))
  }

  /** @throws RealmError what `transact` rejects with at once */
  #add(
    transaction: Transaction,
    resolve: PendingTransaction['resolve'],
    reject: PendingTransaction['reject'],
  ): void {
    const bytes = checkTransaction(transaction)
    this.#checkOpen()
    const waiting = this.#waiting.length + this.#committing.length + this.#answering
    const full = waiting >= this.#pendingTransactionsMax
    if (full || (waiting > 0 && this.#pendingBytes + bytes > this.#pendingBytesMax)) {
      throw new RealmError('STORE_BUSY')
    }
    this.#pendingBytes += bytes
    this.#packer.add(transaction)
    const { transactions, bytes: packed, moves } = this.#packer
    if (transactions >= batchTransactionsMax || packed >= batchBytesMax || moves >= batchMovesMax) {
      this.#fullBatches.push(this.#take())
    }
    this.#waiting.push({ writes: transaction.writes.length, bytes, resolve, reject })
    this.#schedule()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    if (this.#gone) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
      this.#tellIdle()
    })
    await this.#line.end()
  }

  #checkOpen(): void {
    if (this.#closed) throw new RealmError('STORE_UNAVAILABLE', 'It was closed.')
    if (this.#gone) throw new RealmError('STORE_UNAVAILABLE', 'Its thread has ended.')
  }

  async #ask(request: ReadRequest): Promise<unknown> {
    this.#checkOpen()
    return new Promise((resolve, reject) => {
      this.#readsWaiting.push({ request, resolve, reject })
      this.#schedule()
    })
  }

  /** Everything called in one go shares a message. */
  #schedule(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    this.#flushScheduled = false
    if (this.#gone) return
    if (this.#readsWaiting.length > 0) {
      this.#line.post({ kind: 'reads', reads: this.#readsWaiting.map(({ request }) => request) })
      this.#readsAsked.push(this.#readsWaiting)
      this.#readsWaiting = []
    }
    if (this.#committing.length === 0 && this.#waiting.length > 0) this.#commitNext()
    this.#line.hold(!this.#isIdle())
  }

  #take(): PackedBatch {
    return this.#packer.take(Math.floor(this.#clock.wallMs()))
  }

  /**
   * Sends the next batch. Only one is under way, so that the next one gathers all who come
   * meanwhile.
   */
  #commitNext(): void {
    const batch = this.#fullBatches.shift() ?? this.#take()
    this.#committing = this.#waiting.splice(0, batch.transactions)
    this.#line.post({ kind: 'batch', batch }, [
      batch.numbers.buffer as ArrayBuffer,
      batch.values.buffer as ArrayBuffer,
    ])
  }

  /**
   * Those who wait are answered in a turn of the loop of their own, after the next batch was sent:
   * a port hands over all messages that are there before the loop goes on. Where each of them
   * brings about the next, timers and sockets would wait for a thousand batches.
   */
  #replied(reply: WorkerReply): void {
    const committed = reply.kind === 'batch' ? this.#committing : []
    if (reply.kind === 'batch') this.#committing = []
    this.#answering += committed.length
    this.#flush()
    setImmediate(() => {
      this.#answering -= committed.length
      if (reply.kind === 'reads') this.#answerReads(reply.replies)
      else if (reply.kind === 'batch') this.#answerBatch(committed, reply.outcome)
      if (!this.#gone) this.#line.hold(!this.#isIdle())
      this.#tellIdle()
    })
  }

  #answerReads(replies: readonly ReadReply[]): void {
    const reads = this.#readsAsked.shift() ?? []
    reads.forEach(({ resolve, reject }, index) => {
      const reply = replies[index]
      if (reply && 'refusal' in reply) reject(refused(reply.refusal))
      else resolve(reply?.value)
    })
  }

  #answerBatch(answered: readonly PendingTransaction[], outcome: BatchOutcome | Refusal): void {
    const results = 'numbers' in outcome ? new OutcomeReader(outcome) : undefined
    for (const { writes, bytes, resolve, reject } of answered) {
      this.#pendingBytes -= bytes
      if (results) resolve(results.next(writes))
      else reject(refused(outcome as Refusal))
    }
  }

  #isIdle(): boolean {
    const transactions = this.#waiting.length + this.#committing.length + this.#answering
    return transactions + this.#readsWaiting.length + this.#readsAsked.length === 0
  }

  #tellIdle(): void {
    if (this.#isIdle()) this.#idle?.()
  }

  /** The thread ended, as asked or by a fault: nobody waits for it any longer. */
  #lost(): void {
    if (this.#gone) return
    this.#gone = true
    const error = new RealmError('STORE_UNAVAILABLE', 'Its thread has ended.')
    const pending = [
      ...this.#committing,
      ...this.#waiting,
      ...this.#readsAsked.flat(),
      ...this.#readsWaiting,
    ]
    this.#committing = []
    this.#waiting = []
    this.#readsAsked.length = 0
    this.#readsWaiting = []
    for (const { reject } of pending) reject(error)
    this.#idle?.()
  }
}

/** The store of the thread that opened the file. */
class FileStore extends SqliteStore implements SharableStore {
  readonly #line: Line

  constructor(line: Line, options: SqliteStoreOptions) {
    super(line, options, true)
    this.#line = line
  }

  share(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.#line.post({ kind: 'share', port: port1 }, [port1])
    return port2
  }
}

function refused({ code, detail }: Refusal): RealmError {
  return new RealmError(code, detail)
}
