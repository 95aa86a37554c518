import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { openFile, storeError } from './sqlite-file.ts'
import type {
  BatchOutcome,
  PackedBatch,
  ReadReply,
  ReadRequest,
  Refusal,
  SqliteFileOptions,
  WorkerReply,
  WorkerRequest,
} from './sqlite-messages.ts'
import { SqliteRecords } from './sqlite-records.ts'

/**
 * The thread that owns the file. Committing waits for the disk, which the thread that holds the
 * sockets must not.
 */

const parent = parentPort
if (!parent) throw new Error('This file runs as a worker thread only.')
const options = workerData as SqliteFileOptions
const ports = new Set<MessagePort>()

let database: ReturnType<typeof openFile> | undefined
let records: SqliteRecords | undefined

function open(): SqliteRecords {
  database = openFile(options)
  records = new SqliteRecords(database)
  return records
}

/**
 * After a failed COMMIT the log may hold the batch or not. Opening the file anew decides it by what
 * the file itself says, so that readers see now what a restart would find. A file in memory has no
 * log.
 */
function reopen(): void {
  if (options.file === ':memory:') return
  records = undefined
  try {
    database?.close()
    open()
  } catch {
    // The next request tries again.
  }
}

function refusalOf(thrown: unknown): Refusal {
  const { code, detail } = storeError(thrown)
  return { code, detail }
}

function commit(batch: PackedBatch): BatchOutcome | Refusal {
  try {
    return (records ?? open()).commit(batch)
  } catch (thrown) {
    try {
      records?.rollback()
      if (!isFull(thrown)) reopen()
    } catch {
      reopen()
    }
    return refusalOf(thrown)
  }
}

/** SQLITE_FULL: the statement changed nothing and the log is sound. */
function isFull(thrown: unknown): boolean {
  return ((thrown as { errcode?: number }).errcode ?? 0) % 256 === 13
}

function read(request: ReadRequest): ReadReply {
  try {
    return { value: (records ?? open()).read(request) }
  } catch (thrown) {
    return { refusal: refusalOf(thrown) }
  }
}

/** Whoever has a port may use the file; what each one gathered is a commit of its own. */
function serve(port: MessagePort): void {
  const reply = (message: WorkerReply): void => port.postMessage(message)
  ports.add(port)
  port.on('close', () => ports.delete(port))
  port.on('message', (request: WorkerRequest) => {
    switch (request.kind) {
      case 'reads':
        reply({ kind: 'reads', replies: request.reads.map(read) })
        break
      case 'batch':
        reply({ kind: 'batch', outcome: commit(request.batch) })
        break
      case 'share':
        serve(request.port)
        break
      case 'close':
        close()
        break
    }
  })
}

function close(): void {
  try {
    database?.close()
  } finally {
    for (const port of ports) port.close()
  }
}

try {
  open()
  serve(parent)
  parent.postMessage({ kind: 'opened' } satisfies WorkerReply)
} catch (thrown) {
  parent.postMessage({ kind: 'failed', refusal: refusalOf(thrown) } satisfies WorkerReply)
  parent.close()
}
