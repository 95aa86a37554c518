import { RealmError } from '../errors/index.ts'
import { type Bus, type BusPort, type Log, silentLog } from '../ports/index.ts'

export interface MemoryBusOptions {
  /** Messages waiting to be received; what comes on top is lost. Default 262,144. */
  readonly pendingMessagesMax?: number
  /** Told when a receiver throws. */
  readonly log?: Log
}

/**
 * Messages delivered between two turns of the host's loop, so that chatter cannot starve sockets.
 */
const turnMessagesMax = 1024

type Receive = (from: string, bytes: Uint8Array) => void

interface Message {
  readonly to: string
  readonly from: string
  readonly bytes: Uint8Array
}

/**
 * The bus inside one process: nothing is copied, nothing is lost below `pendingMessagesMax`, order
 * is kept. Messages arrive after the sender's own code has run to its end, never inside `send`.
 */
export function memoryBus(options: MemoryBusOptions = {}): Bus {
  const pendingMessagesMax = options.pendingMessagesMax ?? 262_144
  const log = options.log ?? silentLog
  const receivers = new Map<string, Receive>()
  const names = new Set<string>()
  let queue: Message[] = []
  let queueHead = 0
  let scheduled = false
  let turnMessages = 0
  let turnArmed = false

  const deliver = ({ to, from, bytes }: Message): void => {
    const receive = receivers.get(to)
    if (!receive) return
    try {
      receive(from, bytes)
    } catch (error) {
      log.error({ error, to, from }, 'A receiver of the bus threw; its message is lost.')
    }
  }

  const drain = (): void => {
    scheduled = false
    if (!turnArmed) {
      turnArmed = true
      setImmediate(newTurn)
    }
    while (queueHead < queue.length && turnMessages < turnMessagesMax) {
      const message = queue[queueHead] as Message
      queueHead += 1
      turnMessages += 1
      deliver(message)
    }
    if (queueHead * 2 > queue.length) {
      queue = queue.slice(queueHead)
      queueHead = 0
    }
  }

  const newTurn = (): void => {
    turnArmed = false
    turnMessages = 0
    if (queueHead < queue.length) drain()
  }

  const send = (from: string, to: string, bytes: Uint8Array): void => {
    if (!receivers.has(to) || queue.length - queueHead >= pendingMessagesMax) return
    queue.push({ to, from, bytes })
    if (scheduled) return
    scheduled = true
    queueMicrotask(drain)
  }

  return {
    join: async (node, receive) => {
      if (names.has(node)) throw new RealmError('NODE_DUPLICATE', `Node: ${node}.`)
      names.add(node)
      // Registered one turn of the microtask queue later, so that nothing is received by a caller
      // who has not yet been told that it joined.
      await undefined
      receivers.set(node, receive)
      return port(node)
    },
  }

  function port(node: string): BusPort {
    let open = true
    return {
      send: (to, bytes) => {
        if (open) send(node, to, bytes)
      },
      close: async () => {
        if (!open) return
        open = false
        receivers.delete(node)
        names.delete(node)
      },
    }
  }
}
