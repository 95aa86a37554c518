import type { Connection } from '../ports/index.ts'
import { type MessageOf, serverMessages } from '../protocol/index.ts'
import { FrameBatch } from './frame-batch.ts'
import type { Session } from './session.ts'
import type { GateCounters } from './stats.ts'

type ServerMessage = MessageOf<typeof serverMessages.table>
type Type = ServerMessage['type']
type Body<T extends Type> = Extract<ServerMessage, { type: T }>['body']

/** Writes all of a message into `target`, from `start` on. */
type Fill = (target: Uint8Array, start: number) => void

/**
 * Gathers what goes to each session and writes it with one socket write per session and flush: at
 * the end of the current turn, or at once after a world's tick.
 */
export class Outboxes {
  readonly #counters: GateCounters
  readonly #frames = new FrameBatch()
  #dirty: Session[] = []
  #scheduled = false

  constructor(counters: GateCounters) {
    this.#counters = counters
  }

  /** Sends a message of its own to one session. */
  send<T extends Type>(session: Session, type: T, body: Body<T>): void {
    const bytes = serverMessages.encode(type, body as never)
    if (serverMessages.isNumbered(type)) this.sendNumbered(session, bytes)
    else this.sendLoose(session, bytes)
  }

  /** Sends an encoded numbered message; the same bytes may go to many sessions. */
  sendNumbered(session: Session, bytes: Uint8Array): void {
    session.ring.push(bytes)
    this.sendLoose(session, bytes)
  }

  /** Sends an encoded message that is lost if the client is away. */
  sendLoose(session: Session, bytes: Uint8Array): void {
    if (session.connection === undefined) return
    if (session.outbox.length === 0) this.#markDirty(session)
    session.outbox.push(bytes)
  }

  /**
   * Sends a frame to one session, behind what was gathered for it. It is made at once, and written
   * with `writeFrames` at the latest, which is to follow in the same turn.
   */
  frame(connection: Connection, outbox: Uint8Array[], length: number, fill: Fill): void {
    // Mostly nothing was gathered for anybody.
    if (this.#dirty.length === 0 || outbox.length === 0) {
      this.#counters.bytesOut += length
      this.#counters.writesOut += 1
      const start = this.#frames.add(connection, length)
      fill(this.#frames.buffer, start)
      return
    }
    const bytes = Buffer.allocUnsafe(length)
    fill(bytes, 0)
    outbox.push(bytes)
    this.#write(connection, join(outbox))
    outbox.length = 0
  }

  writeFrames(): void {
    this.#frames.write()
  }

  /** Writes everything gathered so far. */
  flush(): void {
    const sessions = this.#dirty
    this.#dirty = []
    let before: readonly Uint8Array[] = []
    let joined: Uint8Array | undefined
    for (const session of sessions) {
      const { connection } = session
      const messages = session.outbox.splice(0)
      if (connection === undefined || messages.length === 0) continue
      // Members of one room mostly get the very same messages, so they share the bytes made for the
      // first of them.
      if (joined === undefined || !sameMessages(before, messages)) joined = join(messages)
      before = messages
      this.#write(connection, joined)
    }
  }

  #write(connection: Connection, bytes: Uint8Array): void {
    this.#counters.bytesOut += bytes.length
    this.#counters.writesOut += 1
    connection.send(bytes)
  }

  #markDirty(session: Session): void {
    this.#dirty.push(session)
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.flush()
    })
  }
}

function sameMessages(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

function join(messages: readonly Uint8Array[]): Uint8Array {
  if (messages.length === 1) return messages[0] as Uint8Array
  return Buffer.concat(messages)
}
