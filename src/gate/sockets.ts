import { RealmError } from '../errors/index.ts'
import type { Connection } from '../ports/index.ts'
import { hostAllowed, type OriginRules, originAllowed } from './origins.ts'
import type { Session } from './session.ts'
import { endConnection, GateSocket, type SocketParts } from './socket.ts'
import type { GateCounters } from './stats.ts'

export interface SocketsParts {
  readonly origins: OriginRules
  readonly counters: GateCounters
  /** Of every socket. */
  readonly socket: SocketParts
  /** Why nobody is taken in at present. */
  closed(): 'SERVER_CLOSING' | 'GATE_DRAINING' | undefined
}

/** The open sockets of a gate, and who may open one. */
export class Sockets {
  readonly all = new Set<GateSocket>()
  readonly #parts: SocketsParts

  constructor(parts: SocketsParts) {
    this.#parts = parts
  }

  open(connection: Connection): GateSocket | undefined {
    const closed = this.#parts.closed()
    const refusal = closed ?? this.#refusal(connection)
    if (refusal !== undefined) {
      if (closed === undefined) this.#parts.counters.refused += 1
      endConnection(connection, new RealmError(refusal))
      return undefined
    }
    const socket = new GateSocket(connection, this.#parts.socket)
    this.all.add(socket)
    return socket
  }

  #refusal({ origin, host }: Connection): 'HOST_FORBIDDEN' | 'ORIGIN_FORBIDDEN' | undefined {
    const { origins } = this.#parts
    if (!hostAllowed(origins, host)) return 'HOST_FORBIDDEN'
    return originAllowed(origins, origin, host) ? undefined : 'ORIGIN_FORBIDDEN'
  }

  /** Ends the socket that a session has had so far. */
  displace(session: Session): void {
    const { connection } = session
    if (connection === undefined) return
    session.connection = undefined
    session.outbox.length = 0
    this.#of(connection)?.end(new RealmError('SESSION_MOVED'))
  }

  /** The client has said goodbye. */
  finish(connection: Connection | undefined): void {
    if (connection !== undefined) this.#of(connection)?.finish()
  }

  endAll(error: RealmError): void {
    for (const socket of [...this.all]) socket.end(error)
  }

  #of(connection: Connection): GateSocket | undefined {
    for (const socket of this.all) if (socket.connection === connection) return socket
    return undefined
  }
}
