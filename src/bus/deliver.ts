import type { Log } from '../ports/index.ts'

/** Who receives, and who is told when that fails. */
export interface Receiver {
  readonly name: string
  readonly log: Log
  readonly receive: (from: string, bytes: Uint8Array) => void
}

/** Hands a message to its receiver, whose faults are its own. */
export function deliver({ name, log, receive }: Receiver, from: string, bytes: Uint8Array): void {
  try {
    receive(from, bytes)
  } catch (error) {
    log.error({ error, to: name, from }, 'A receiver of the bus threw; its message is lost.')
  }
}
