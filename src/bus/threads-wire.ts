import type { MessagePort } from 'node:worker_threads'

/** A thread says to the hub. Lives are numbered by the hub, which is the one that knows names. */
export type ToHub =
  | { readonly kind: 'join'; readonly request: number; readonly name: string }
  | { readonly kind: 'leave'; readonly life: number }
  | { readonly kind: 'find'; readonly name: string }

/** The hub says to a thread. */
export type FromHub =
  | { readonly kind: 'joined'; readonly request: number; readonly life: number }
  | { readonly kind: 'refused'; readonly request: number }
  | { readonly kind: 'left'; readonly life: number }
  /** Where a name is; `life` 0 where nobody has it. */
  | {
      readonly kind: 'found'
      readonly name: string
      readonly life: number
      readonly thread: number
    }
  /** A port to another thread. */
  | { readonly kind: 'open'; readonly thread: number; readonly port: MessagePort }
  /** A node has left, or its thread has ended. */
  | { readonly kind: 'gone'; readonly name: string; readonly life: number }
  | { readonly kind: 'ended'; readonly thread: number }

/** One thread says to another: messages for a life, or how many bytes it has worked off. */
export type BetweenThreads =
  | { readonly to: number; readonly from: string; readonly frame: ArrayBuffer }
  | number

/** With it a worker hands its end of the line to the hub. */
export interface Hello {
  readonly realmkitBus: 1
  readonly port: MessagePort
}

/** Messages of a worker are its owner's own, but for this one. */
export function isHello(message: unknown): message is Hello {
  return (
    typeof message === 'object' &&
    message !== null &&
    'realmkitBus' in message &&
    message.realmkitBus === 1
  )
}
