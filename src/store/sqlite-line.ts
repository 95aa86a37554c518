import { type MessagePort, type Transferable, Worker } from 'node:worker_threads'
import { RealmError, toRealmError } from '../errors/index.ts'
import type { SqliteFileOptions, WorkerReply, WorkerRequest } from './sqlite-messages.ts'

/** How a store reaches the thread that owns the file. */
export interface Line {
  post(request: WorkerRequest, transfer?: readonly Transferable[]): void
  listen(replied: (reply: WorkerReply) => void, lost: () => void): void
  /** Whether it keeps this thread alive. */
  hold(held: boolean): void
  /** Ends it where nothing is under way any more; settles when the other side has let go. */
  end(): Promise<void>
}

/**
 * Starts the thread and has it open the file.
 * @throws RealmError `STORE_…`, with the path
 */
export async function openLine(options: SqliteFileOptions): Promise<Line> {
  const worker = startWorker(options)
  const first = await firstReply(worker)
  if (first.kind === 'failed') {
    const { code, detail } = first.refusal
    throw new RealmError(code, `File: ${options.file}. ${detail}`)
  }
  return lineOf(worker, async () => {
    const exited = new Promise<void>((resolve) => void worker.once('exit', () => resolve()))
    worker.ref()
    worker.postMessage({ kind: 'close' } satisfies WorkerRequest)
    await exited
  })
}

/** One more way to a thread that has opened the file, by a port that it was given. */
export function portLine(port: MessagePort): Line {
  return lineOf(port, async () => {
    const closed = new Promise<void>((resolve) => void port.once('close', resolve))
    port.close()
    await closed
  })
}

function lineOf(port: Worker | MessagePort, end: () => Promise<void>): Line {
  return {
    post: (request, transfer = []) => port.postMessage(request, [...transfer]),
    listen: (replied, lost) => {
      // Both emit the same events in this regard, but their overloads do not meet.
      const line = port as Worker
      line.on('message', replied)
      line.on('error', lost)
      line.on('exit', lost)
      ;(port as MessagePort).on('close', lost)
    },
    hold: (held) => (held ? port.ref() : port.unref()),
    end,
  }
}

function firstReply(worker: Worker): Promise<WorkerReply> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void => reject(toRealmError(error, 'STORE_UNAVAILABLE'))
    worker.once('error', failed)
    worker.once('message', (reply: WorkerReply) => {
      worker.off('error', failed)
      resolve(reply)
    })
  })
}

/**
 * The worker's file lies beside this one, as `.ts` in the source and as `.js` in the package. It
 * takes over none of the process's flags, of which some (`--input-type`) would keep a file from
 * running.
 */
function startWorker(workerData: SqliteFileOptions): Worker {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const url = new URL(`./sqlite-worker${extension}`, import.meta.url)
  return new Worker(url, { workerData, execArgv: [] })
}
