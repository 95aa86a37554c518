import type {
  Clock,
  Connection,
  ConnectionHandlers,
  Listener,
  Random,
  Store,
} from '../../../ports/index.ts'
import type { Draw } from '../draw.ts'
import type { NodePorts, WrapPorts } from '../stage.ts'

/** A bug, planted between the nodes of one seed and the outside, to see whether it is found. */
export interface Canary {
  /** What the outside does wrong, in a few words. */
  readonly name: string
  /** Called once for a seed; what it returns is called for each life of each node. */
  readonly plant: (draw: Draw) => WrapPorts
}

/** The store otherwise as it is. */
export function withStore(ports: NodePorts, changed: Partial<Store>): NodePorts {
  const { store } = ports
  const same: Store = {
    exclusive: store.exclusive,
    ledger: store.ledger,
    read: (key) => store.read(key),
    scan: (prefix, options) => store.scan(prefix, options),
    transact: (transaction) => store.transact(transaction),
    close: () => store.close(),
  }
  return { ...ports, store: { ...same, ...changed } }
}

/** A bug in what a store does with a transaction. */
export function transacting(
  name: string,
  plant: (draw: Draw) => (store: Store, node: string) => Store['transact'],
): Canary {
  return {
    name,
    plant: (draw) => {
      const planted = plant(draw)
      return (ports, node) => withStore(ports, { transact: planted(ports.store, node) })
    },
  }
}

/** A bug in how frames are sent to clients, or in how those of clients are handed on. */
export function framing(
  name: string,
  plant: (draw: Draw) => {
    readonly send?: (send: (bytes: Uint8Array) => void) => (bytes: Uint8Array) => void
    readonly take?: (take: (bytes: Uint8Array) => void) => (bytes: Uint8Array) => void
  },
): Canary {
  return {
    name,
    plant: (draw) => {
      const { send = (same) => same, take = (same) => same } = plant(draw)
      return (ports) => ({ ...ports, listener: framed(ports.listener, send, take) })
    },
  }
}

type Wrap = (carry: (bytes: Uint8Array) => void) => (bytes: Uint8Array) => void

function framed(listener: Listener, send: Wrap, take: Wrap): Listener {
  return {
    close: () => listener.close(),
    listen: ({ open, request }) =>
      listener.listen({
        request,
        open: (connection) => {
          const sent = send((bytes) => connection.send(bytes))
          const handlers = open(sending(connection, sent))
          return handlers && taking(handlers, take)
        },
      }),
  }
}

function sending(connection: Connection, send: (bytes: Uint8Array) => void): Connection {
  return {
    remoteAddress: connection.remoteAddress,
    origin: connection.origin,
    host: connection.host,
    get bufferedBytes() {
      return connection.bufferedBytes
    },
    send,
    sendWithin: (buffer, start, end) => {
      send(buffer.slice(start, end))
      return true
    },
    close: (code, reason) => connection.close(code, reason),
    terminate: () => connection.terminate(),
  }
}

function taking(handlers: ConnectionHandlers, take: Wrap): ConnectionHandlers {
  const taken = take((bytes) => handlers.message(bytes, 0, bytes.length))
  return {
    message: (bytes, start, end) => taken(bytes.slice(start, end)),
    text: () => handlers.text(),
    closed: (code) => handlers.closed(code),
  }
}

export function ticking(
  name: string,
  plant: (draw: Draw) => (clock: Clock, node: string) => Clock,
): Canary {
  return {
    name,
    plant: (draw) => {
      const planted = plant(draw)
      return (ports, node) => ({ ...ports, clock: planted(ports.clock, node) })
    },
  }
}

/** A bug in the ids that a life of a node draws. */
export function naming(
  name: string,
  plant: (draw: Draw) => (node: string) => Random['id'],
): Canary {
  return {
    name,
    plant: (draw) => {
      const planted = plant(draw)
      return (ports, node) => {
        const { random } = ports
        return {
          ...ports,
          random: {
            u32: () => random.u32(),
            float: () => random.float(),
            bytes: (count) => random.bytes(count),
            id: planted(node),
          },
        }
      }
    },
  }
}
