import type { MessagePort } from 'node:worker_threads'
import type { ErrorCode } from '../errors/index.ts'
import type { NodeFigures } from '../ops/index.ts'
import type { Door } from './server.ts'

/** What a thread is started with. */
export interface ThreadStart {
  readonly name: string
  /** `inner`: all roles but `gate`. */
  readonly roles: 'all' | 'inner'
  /** The game's. */
  readonly file: string
  readonly json: boolean
  readonly door: Door
  readonly storePort: MessagePort
}

export type ToThread = { readonly thread: 'stop' | 'figures' | 'ping' }

export type FromThread =
  | { readonly thread: 'ready' | 'pong' }
  | { readonly thread: 'figures'; readonly figures: NodeFigures | undefined }
  | { readonly thread: 'failed'; readonly code: ErrorCode; readonly detail: string }
