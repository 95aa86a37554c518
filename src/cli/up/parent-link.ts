import type { NodeFigures } from '../../ops/index.ts'

/** What a process tells once it works. */
export interface ChildReady {
  /** Of its gate. */
  readonly port: number | undefined
  /** Stands for what clients and nodes say to each other. */
  readonly manifest: string
}

/** What a process and its supervisor say to each other, over the channel between them. */
export type FromChild =
  | ({ readonly kind: 'ready' } & ChildReady)
  | { readonly kind: 'answer'; readonly id: number; readonly value: NodeFigures | undefined }
  | { readonly kind: 'pong' }

export type ToChild =
  /** With `handsOver`, others go on with what it has. */
  | { readonly kind: 'stop'; readonly handsOver: boolean }
  | { readonly kind: 'stats'; readonly id: number }
  | { readonly kind: 'ping' }

/** A process's side of it. */
export interface ParentLink {
  ready(told: ChildReady): void
  /** Resolves when it is to stop, to whether others go on with what it has. */
  readonly stopped: Promise<boolean>
  /** Who answers when the supervisor asks for figures. */
  serveStats(stats: () => NodeFigures): void
}

/** Undefined where no supervisor has started this process. */
export function parentLink(): ParentLink | undefined {
  if (process.env['REALMKIT_SUPERVISED'] !== '1' || process.send === undefined) return undefined
  const say = (message: FromChild): void => {
    if (process.connected) process.send?.(message)
  }
  let stats: (() => NodeFigures) | undefined
  const stopped = new Promise<boolean>((resolve) => {
    // All others stop as well.
    process.on('disconnect', () => resolve(false))
    process.on('SIGTERM', () => resolve(true))
    process.on('message', (message: ToChild) => {
      if (message.kind === 'stop') resolve(message.handsOver)
      if (message.kind === 'ping') say({ kind: 'pong' })
      if (message.kind === 'stats') say({ kind: 'answer', id: message.id, value: stats?.() })
    })
  })
  return {
    stopped,
    ready: (told) => say({ kind: 'ready', ...told }),
    serveStats: (serve) => {
      stats = serve
    },
  }
}
