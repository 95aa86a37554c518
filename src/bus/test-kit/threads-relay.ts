import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type ErrorCode, RealmError } from '../../errors/index.ts'
import type { Bus } from '../../ports/index.ts'
import type { ThreadsHub } from '../index.ts'

export type ToWorker = { readonly node: number } & (
  | {
      readonly kind: 'join'
      readonly name: string
      readonly mute?: boolean
      readonly echo?: boolean
      readonly throws?: boolean
    }
  | { readonly kind: 'send'; readonly to: string; readonly bytes: Uint8Array }
  | { readonly kind: 'close' }
  | { readonly kind: 'stall'; readonly ms: number }
)

export type FromWorker = { readonly node: number } & (
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'received'; readonly from: string; readonly bytes: Uint8Array }
)

/** A worker thread whose nodes are led from here. */
export interface RelayWorker {
  /** Joins nodes that live in the worker; what they receive is told here. */
  readonly bus: Bus
  /** Keeps the worker busy, so that it receives nothing for a while. */
  stall(ms: number): void
  /** Joins a node that sends everything back to where it came from, and tells nothing. */
  joinEcho(name: string): Promise<void>
  end(): Promise<void>
}

interface Led {
  readonly receive: (from: string, bytes: Uint8Array) => void
  settle: (error?: RealmError) => void
}

/** Starts a worker and has the hub adopt it. */
export function relayWorker(hub: ThreadsHub): RelayWorker {
  const worker = new Worker(new URL('./threads-worker.ts', import.meta.url))
  hub.adopt(worker)
  const led = new Map<number, Led>()
  let nodes = 0
  let ended = false
  const say = (message: ToWorker): void => worker.postMessage(message)
  const failed = (code: string): RealmError => new RealmError(code as ErrorCode)
  worker.on('message', (message: FromWorker) => {
    const node = led.get(message.node)
    if (message.kind === 'received') node?.receive(message.from, message.bytes)
    if (message.kind === 'done') node?.settle()
    if (message.kind === 'failed') node?.settle(failed(message.code))
  })
  const ask = (message: ToWorker): Promise<void> =>
    new Promise((resolve, reject) => {
      const node = led.get(message.node)
      if (node) node.settle = (error) => (error ? reject(error) : resolve())
      say(message)
    })
  const begin = (receive: Led['receive']): number => {
    nodes += 1
    led.set(nodes, { receive, settle: () => {} })
    return nodes
  }
  return {
    bus: {
      join: async (name, receive) => {
        const node = begin((from, bytes) => {
          try {
            receive(from, bytes)
          } catch {
            // What a receiver throws is thrown in the worker, where the bus has to bear it.
          }
        })
        await ask({ kind: 'join', node, name, throws: true })
        let open = true
        return {
          send: (to, bytes) => {
            if (open) say({ kind: 'send', node, to, bytes })
          },
          close: async () => {
            if (!open || ended) return
            open = false
            await ask({ kind: 'close', node })
            led.delete(node)
          },
        }
      },
    },
    stall: (ms) => say({ kind: 'stall', node: 0, ms }),
    joinEcho: (name) => ask({ kind: 'join', node: begin(() => {}), name, mute: true, echo: true }),
    end: async () => {
      if (ended) return
      ended = true
      const exited = once(worker, 'exit')
      await worker.terminate()
      await exited
    },
  }
}
